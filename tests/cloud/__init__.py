"""The adapters to Google Cloud, against the sandbox's servers."""

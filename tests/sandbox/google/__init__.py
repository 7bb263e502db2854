"""The Google side of the sandbox."""

"""The Kubernetes API server of the sandbox: route, authorise, admit, store, watch."""

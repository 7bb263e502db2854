"""The Kubernetes side of the ports. The only place that imports `kubernetes`."""

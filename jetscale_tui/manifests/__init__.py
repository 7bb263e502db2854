"""Setup to Kubernetes objects and PromQL: pure, same input, same bytes."""

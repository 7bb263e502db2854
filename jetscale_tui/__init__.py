"""JetScale: autoscaling for JetStream on GKE TPUs, set up and explained from a terminal."""

__version__ = "0.1.0"

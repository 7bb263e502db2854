"""Keeps what a dashboard was told in a file, and tells it again without a cluster."""

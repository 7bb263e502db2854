"""The Google Cloud side of the ports, through Google's own clients."""

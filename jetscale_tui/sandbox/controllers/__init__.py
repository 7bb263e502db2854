"""What a cluster does by itself: each behaviour one small controller, all driven by one runner."""

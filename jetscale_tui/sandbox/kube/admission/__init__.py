"""From an object a client sent to one that may be stored: defaults, then checks."""

"""What the panes ask of the outside: blocking functions that answer with frozen values."""

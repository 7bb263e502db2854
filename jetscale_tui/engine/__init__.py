"""Plan, apply, verify and undo. Talks to the outside only through `ports`."""

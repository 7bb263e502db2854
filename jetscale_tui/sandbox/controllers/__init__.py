"""What makes the sandbox's cluster behave: one small controller each."""

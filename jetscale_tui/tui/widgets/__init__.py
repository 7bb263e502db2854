"""Widgets: each shows one thing, does no I/O, and answers with messages."""

"""A setup as files for other tools: pure text, no I/O, no secrets."""

"""Concurrent writers against the same objects: nothing of anybody's may be lost."""

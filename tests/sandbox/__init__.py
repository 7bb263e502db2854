"""The sandbox, seen from outside: what real clients would see."""

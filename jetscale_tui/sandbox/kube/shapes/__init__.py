"""The structure of every kind: schemas, decoding into it, checks against it."""

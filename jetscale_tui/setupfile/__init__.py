"""The setup document on disk: loading, validating, saving, schema and template."""

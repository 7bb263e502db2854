"""Values and rules of the job. No I/O, no Textual, no SDK."""

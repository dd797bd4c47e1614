"""The ACD against a real Redis."""

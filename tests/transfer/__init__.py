"""Which way a call takes: pure rules in, a route out."""

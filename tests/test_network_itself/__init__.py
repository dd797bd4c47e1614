"""Proof that the simulated telephone network tells the truth, against an exchange of five lines."""

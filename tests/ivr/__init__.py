"""Menus: what is accepted, what is refused and why, and where a caller can get to."""

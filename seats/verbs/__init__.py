"""The ACD's verbs, a family a file; seats/acd.py puts them together.

Each is one atomic script, one round trip.
"""

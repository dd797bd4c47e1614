"""Everything kept: directory, callers, call ledger, marks, legs, tickets, people.

Knows the database and owns all its tables.  Never knows Asterisk.
"""

"""AMI connections to N Asterisk nodes: typed events out, typed actions in, reconnect and resync.

Knows nothing above it.  Never holds a business rule.
"""

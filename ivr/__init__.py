"""The menu tree as data and a pure interpreter of it; prompts by name; business hours.

Knows nothing of Asterisk.  Never does I/O while interpreting.
"""

"""Settings, command line, process wiring, web application: the only place that knows all the others.

Never holds a domain rule.
"""

"""The desk: web API, event stream and pages.

Knows crm and seats.  Never touches Asterisk.
"""

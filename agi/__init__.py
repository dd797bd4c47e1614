"""FastAGI server: a call is a readable script of the caller's journey.

Knows ivr, seats, transfer and crm.  Never shows raw AGI strings outside its channel class.
"""

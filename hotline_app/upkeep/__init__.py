"""The desk's scheduled work: what nobody sees, done by exactly one desk at a time (a lease in Redis).

The seats' log, the recordings' life, alarms, callbacks that are due.  Never asked anything by a request.
"""

"""The simulated telephone network: a second private Asterisk that plays carrier, citizens and seats.

Never mocks: every party is a real SIP leg with its own tone and its own ear.
"""

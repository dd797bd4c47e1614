"""Renders every Asterisk file from one plan, speaks the prompts, obtains the programs.

Knows templates.  Never expects a hand edit.
"""

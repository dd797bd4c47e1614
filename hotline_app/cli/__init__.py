"""The commands of `./hotline`, one file each; each imports what it needs only when it runs.

Never decides anything that a part of the house decides.
"""

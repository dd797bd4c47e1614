"""Asterisk's own record of channel events: the truth about calls that went past us."""

from .calls import CelCall
from .reader import CelBatch, CelFault, CelReader
from .record import CelRecord

__all__ = ["CelBatch", "CelCall", "CelFault", "CelReader", "CelRecord"]

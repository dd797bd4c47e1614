"""Everything a caller can hear: a catalogue of texts, spoken by a pluggable synthesiser, replaced by studio
recordings as they arrive; and music on hold.

Never plays anything: it leaves 16-bit 8 kHz mono files for Asterisk.
"""

from asterisk_conf.command import Command, ToolFailed
from asterisk_conf.prompts.catalogue import CATALOGUE, Catalogue, Prompt, parse
from asterisk_conf.prompts.music import compose
from asterisk_conf.prompts.sound import length_s
from asterisk_conf.prompts.speaking import Spoken, speak
from asterisk_conf.prompts.synthesiser import EspeakNg, Synthesiser

__all__ = [
    "CATALOGUE",
    "Catalogue",
    "Command",
    "EspeakNg",
    "Prompt",
    "Spoken",
    "Synthesiser",
    "ToolFailed",
    "compose",
    "length_s",
    "parse",
    "speak",
]

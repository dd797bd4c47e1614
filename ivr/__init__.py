"""The menu tree as data and a pure interpreter of it; prompts by name; business hours.

Knows nothing of Asterisk.  Never does I/O: the caller reads the file and passes its text in.
`load(text, file, facts)` gives Menus only when nothing is wrong with them; `start` and `resume` walk them.
"""

from pathlib import Path

from ivr.fault import Fault, MenusRefused
from ivr.hours import Hours, Span
from ivr.interpreter import longest_walk, resume, start
from ivr.menu import AGAIN, AskMenu, EndMenu, HoursMenu, Menu, Menus, PersonMenu, SayMenu
from ivr.reading import parse
from ivr.spoken import LARGEST, cardinal, digits
from ivr.steps import Ask, Context, Enqueue, Hangup, Key, Nothing, Result, Said, Say, Step
from ivr.validation import Facts, load, validate

SHIPPED = Path(__file__).parent / "menus"
"""Where the menus that come with the house lie; chifeng.toml is the city's own."""

__all__ = [
    "AGAIN",
    "LARGEST",
    "SHIPPED",
    "Ask",
    "AskMenu",
    "Context",
    "EndMenu",
    "Enqueue",
    "Facts",
    "Fault",
    "Hangup",
    "Hours",
    "HoursMenu",
    "Key",
    "Menu",
    "Menus",
    "MenusRefused",
    "Nothing",
    "PersonMenu",
    "Result",
    "Said",
    "Say",
    "SayMenu",
    "Span",
    "Step",
    "cardinal",
    "digits",
    "load",
    "longest_walk",
    "parse",
    "resume",
    "start",
    "validate",
]

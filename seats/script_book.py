"""Binds seats/scripts/*.lua into one Redis function library: one file a transition, one function each.

A function's helpers are made once, when the library is loaded; an EVALSHA script makes all of them anew at
every call, which cost more than the transitions themselves (docs/decisions.md).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from seats.keys import KEYS
from seats.model import DEFAULT_GROUP, DEFAULT_LANGUAGE, AcdRules, Strategy
from seats.states import MOVES
from seats.views import ENGAGED, UNREACHABLE

_FOLDER = Path(__file__).with_name("scripts")
_INCLUDE = re.compile(r"^--@include (\w+)$", re.MULTILINE)


class ScriptBook:
    """The library's text, and the names under which its functions are called.

    The names carry a hash of the text: processes of two releases, or with different rules, share one Redis.
    """

    def __init__(self, rules: AcdRules) -> None:
        transitions = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.lua"))}
        text = _prelude(rules) + _libraries(transitions.values())
        digest = hashlib.sha256((text + "".join(transitions.values())).encode()).hexdigest()[:12]
        self.library = f"acd_{digest}"
        self._names = {name: f"{self.library}_{name}" for name in transitions}
        functions = [_function(self._names[name], body) for name, body in transitions.items()]
        self.source = "\n".join([f"#!lua name={self.library}", text, *functions])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def function(self, transition: str) -> str:
        """What FCALL calls it; KeyError when no file is named so."""
        return self._names[transition]


def _libraries(transitions: Iterable[str]) -> str:
    """Each included library once, before whatever needs it."""
    seen: set[str] = set()
    parts: list[str] = []

    def put(text: str) -> None:
        for name in _INCLUDE.findall(text):
            if name not in seen:
                seen.add(name)
                library = (_FOLDER / "lib" / f"{name}.lua").read_text(encoding="utf-8")
                put(library)
                parts.append(library)

    for text in transitions:
        put(text)
    return "\n".join(parts)


def _function(name: str, body: str) -> str:
    callback = f"function(KEYS, ARGV)\nbegin()\n{body}\nend"
    return f"redis.register_function{{function_name = '{name}', callback = {callback}}}"


def _prelude(rules: AcdRules) -> str:
    constants = {
        "RING_MS": rules.ring_s * 1000 + rules.ring_slack_s * 1000,
        "RESERVE_MS": rules.reserve_lease_s * 1000,
        "CALLBACK_MS": rules.callback_lease_s * 1000,
        "DIAL_OUT_MS": rules.dial_out_s * 1000,
        "WRAP_UP_MS": rules.wrap_up_s * 1000,
        "EXTENSION_MS": rules.wrap_up_extension_s * 1000,
        "BEAT_MS": rules.heartbeat_s * 1000,
        "DOUBT_MS": rules.doubt_s * 1000,
        "GONE_MS": rules.gone_s * 1000,
        "REMEMBER_MS": rules.remember_s * 1000,
        "RATE_MINUTES": max(1, rules.rate_window_s // 60),
        "DAY_BEGINS_MS": rules.day_begins_s * 1000,
        "EVENTS_KEPT": rules.events_kept,
        "WAKES_KEPT": rules.wakes_kept,
    }
    # Every call declares these very keys.
    lines = [f"local {name} = '{key}'" for name, key in KEYS.items()]
    lines += [f"local {name} = {int(value)}" for name, value in constants.items()]
    heads = ", ".join(f"[{priority}] = {int(ahead * 1000)}" for priority, ahead in rules.head_start_s.items())
    lines.append(f"local HEAD_START_MS = {{{heads}}}")
    lines.append(f"local DEFAULT_STRATEGY, DEFAULT_GROUP = '{Strategy.HIGHEST_SKILL}', '{DEFAULT_GROUP}'")
    lines.append(f"local DEFAULT_LANGUAGE = '{DEFAULT_LANGUAGE}'")
    lines.append(f"local ENGAGED = {_lua_set(ENGAGED)}")
    lines.append(f"local UNREACHABLE = {_lua_set(UNREACHABLE)}")
    moves = ", ".join(
        f"['{event}/{origin.value}'] = '{target.value}'"
        for event, table in MOVES.items()
        for origin, target in table.items()
    )
    lines.append(f"local MOVES = {{{moves}}}")
    return "\n".join(lines) + "\n"


def _lua_set(names: frozenset[str]) -> str:
    return "{" + ", ".join(f"{name} = true" for name in sorted(names)) + "}"

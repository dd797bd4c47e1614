"""Loads seats/scripts/*.lua: one file a transition, shared functions by ``--@include``, run by EVALSHA."""

import hashlib
import re
from pathlib import Path

from seats.keys import KEYS
from seats.model import DEFAULT_GROUP, DEFAULT_LANGUAGE, AcdRules, Strategy
from seats.states import MOVES
from seats.views import ENGAGED, UNREACHABLE

_FOLDER = Path(__file__).with_name("scripts")
_INCLUDE = re.compile(r"^--@include (\w+)$", re.MULTILINE)


class Script:
    __slots__ = ("name", "sha", "source")

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source
        # Redis names scripts by SHA-1; nothing secret hangs on it.
        self.sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


def load_scripts(rules: AcdRules) -> dict[str, Script]:
    """Every transition by name.  The rules are constants in the text, so no call has to carry them."""
    head = _prelude(rules)
    return {
        path.stem: Script(path.stem, head + _expand(path.read_text(encoding="utf-8"), set()))
        for path in sorted(_FOLDER.glob("*.lua"))
    }


def _expand(text: str, seen: set[str]) -> str:
    """Puts each included library in once, before whatever needs it."""

    def library(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in seen:
            return ""
        seen.add(name)
        return _expand((_FOLDER / "lib" / f"{name}.lua").read_text(encoding="utf-8"), seen)

    return _INCLUDE.sub(library, text)


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
    names = ", ".join(KEYS)
    values = ", ".join(f"KEYS[{place}]" for place in range(1, len(KEYS) + 1))
    lines = [f"local {names} = {values}"]
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

"""The catalogue of prompts, read from TOML and checked: names, words, and slots for Mongolian recordings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterisk_conf.fault import Fault, PlanRefused

CATALOGUE = Path(__file__).parent / "catalogue.toml"
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
MONGOLIAN = "_mn"
MUSIC = "music"  # a recording of this name replaces the music on hold
_KNOWN = frozenset({"zh", "say", "mn"})
_MAX_WORDS = 300


@dataclass(frozen=True, slots=True)
class Prompt:
    """`zh` is spoken (as `say`, where that is given); `mn` None means: no slot for a Mongolian recording."""

    name: str
    zh: str
    say: str
    mn: str | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    file: str
    prompts: Mapping[str, Prompt]

    def slots(self) -> tuple[str, ...]:
        """The sounds that only a recording can fill."""
        return tuple(name + MONGOLIAN for name, prompt in self.prompts.items() if prompt.mn is not None)

    def sounds(self) -> tuple[str, ...]:
        """Every sound there can be."""
        return (*self.prompts, *self.slots())


def parse(text: str, file: str) -> Catalogue:
    """Reads a catalogue; raises PlanRefused with every fault in it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanRefused([Fault("not_toml", file, "-", str(error), "按TOML格式改正这一行")]) from error
    faults: list[Fault] = []
    for key in document.keys() - {"prompt"}:
        faults.append(Fault("unknown_key", file, key, "", "提示音写在 [prompt.名称] 下面"))
    table = document.get("prompt")
    if not isinstance(table, dict) or not table:
        faults.append(Fault("no_prompts", file, "prompt", "", "至少写一个 [prompt.名称]"))
        table = {}
    prompts = {name: _prompt(file, name, entry, faults) for name, entry in table.items()}
    if faults:
        raise PlanRefused(faults)
    return Catalogue(file, prompts)


def _prompt(file: str, name: str, entry: Any, faults: list[Fault]) -> Prompt:
    at = f"prompt.{name}"
    if not NAME.fullmatch(name) or name.endswith(MONGOLIAN) or name == MUSIC:
        remedy = f"名称用小写字母、数字和下划线，不以 {MONGOLIAN} 结尾，也不是 {MUSIC}"
        faults.append(Fault("bad_name", file, at, name, remedy))
    if not isinstance(entry, dict):
        faults.append(Fault("not_a_table", file, at, str(entry)[:80], f"写成 [{at}]"))
        entry = {}
    for key in sorted(entry.keys() - _KNOWN):
        remedy = f"删除它，或改成：{'、'.join(sorted(_KNOWN))}"
        faults.append(Fault("unknown_key", file, f"{at}.{key}", str(entry[key])[:80], remedy))
    if "zh" not in entry:
        faults.append(Fault("missing_key", file, f"{at}.zh", "", "补上要说的话"))
    words = {key: entry.get(key) for key in _KNOWN if key in entry}
    for key, value in words.items():
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            faults.append(Fault("bad_text", file, f"{at}.{key}", str(value)[:80], "写一行文字，不能为空"))
        elif len(value) > _MAX_WORDS:
            remedy = f"最长{_MAX_WORDS}个字，拆成几条"
            faults.append(Fault("too_long", file, f"{at}.{key}", value[:80], remedy))
    zh = str(words.get("zh", ""))
    return Prompt(name, zh, str(words.get("say", zh)), words.get("mn"))

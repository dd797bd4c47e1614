"""From the text of a TOML file to Menus: every key known, every value of its type, all faults at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, timedelta, timezone
from typing import Any

from ivr.fault import Fault, MenusRefused
from ivr.hours import WEEKDAYS, Hours, Span
from ivr.menu import AskMenu, EndMenu, HoursMenu, Menu, Menus, PersonMenu, SayMenu

NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
KEYS = frozenset("0123456789*#")
MAX_TRIES = 5
MAX_TIMEOUT_S = 30.0
MAX_MENUS = 100
MAX_HOURS = 16  # what four hex digits of a state can tell apart

_NAME_REMEDY = "名称用小写字母开头，只含小写字母、数字和下划线，最长24个字符"
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")


class _Reader:
    """Takes values out of one table and notes what is wrong with them; a fault gives a harmless stand-in, so
    that the rest of the file is still read."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self._file = file
        self._faults = faults

    def fault(self, fault_id: str, key: str, value: object, remedy: str) -> None:
        self._faults.append(Fault(fault_id, self._file, key, str(value)[:80], remedy))

    def table(self, value: object, key: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.fault("not_a_table", key, value, f"{key} 应当是一个表，写成 [{key}]")
        return {}

    def name(self, value: object, key: str) -> str:
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        if value is None:
            self.fault("missing_key", key, "", f"补上 {key}")
        else:
            self.fault("bad_name", key, value, _NAME_REMEDY)
        return ""

    def target(self, table: Mapping[str, Any], menu: str, key: str) -> str:
        if key not in table:
            self.fault(
                "dead_end", f"menu.{menu}.{key}", "", f"来电在这里没有去处：补上 {key}，写下一个菜单的名称"
            )
            return ""
        return self.name(table[key], f"menu.{menu}.{key}")

    def names(self, value: object, key: str, *, at_least: int) -> tuple[str, ...]:
        if value is None and not at_least:
            return ()
        if value is None:
            self.fault("missing_key", key, "", f'补上 {key}，写成名称列表，例如 ["greeting"]')
            return ()
        if not isinstance(value, list):
            self.fault("not_a_list", key, value, '写成名称列表，例如 ["greeting"]')
            return ()
        if len(value) < at_least:
            self.fault("empty_list", key, value, f"{key} 至少写{at_least}个名称")
        return tuple(self.name(item, f"{key}[{place}]") for place, item in enumerate(value))

    def number(self, value: object, key: str, low: float, high: float) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.fault("out_of_range", key, value, f"写一个 {low:g} 到 {high:g} 之间的数")
        return low

    def known_only(self, table: Mapping[str, Any], prefix: str, known: frozenset[str]) -> None:
        for key in table:
            if key not in known:
                remedy = f"删除它，或改成：{'、'.join(sorted(known))}"
                self.fault("unknown_key", f"{prefix}{key}", table[key], remedy)


def parse(text: str, file: str) -> Menus:
    """Reads `text`; `file` is only its name for the faults.  Raises MenusRefused with all faults of form.

    Whether the menus make sense (targets, loops, lengths) is asked of `validate`; `load` does both.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MenusRefused([Fault("not_toml", file, "-", str(error), "按TOML格式改正这一行")]) from error
    faults: list[Fault] = []
    reader = _Reader(file, faults)
    reader.known_only(document, "", frozenset({"entries", "fallback", "menu", "hours"}))
    entries = reader.names(document.get("entries"), "entries", at_least=1)
    fallback = reader.name(document.get("fallback"), "fallback")
    hours = {}
    for name, table in reader.table(document.get("hours", {}), "hours").items():
        reader.name(name, f"hours.{name}")
        hours[name] = _hours(reader, name, reader.table(table, f"hours.{name}"))
    if len(hours) > MAX_HOURS:
        reader.fault("too_many_hours", "hours", len(hours), f"最多写{MAX_HOURS}组工作时间")
    menus = {}
    if len(reader.table(document.get("menu", {}), "menu")) > MAX_MENUS:
        reader.fault("too_many_menus", "menu", len(document["menu"]), f"最多写{MAX_MENUS}个菜单")
    for name, table in reader.table(document.get("menu", {}), "menu").items():
        reader.name(name, f"menu.{name}")
        menu = _menu(reader, name, reader.table(table, f"menu.{name}"))
        if menu is not None:
            menus[name] = menu
    if faults:
        raise MenusRefused(faults)
    return Menus(file, entries, fallback, menus, hours)


def _menu(reader: _Reader, name: str, table: Mapping[str, Any]) -> Menu | None:
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        remedy = f"kind 写成其中之一：{'、'.join(_KINDS)}"
        reader.fault("unknown_kind", f"menu.{name}.kind", kind, remedy)
        return None
    known, read = _KINDS[kind]
    reader.known_only(table, f"menu.{name}.", known | {"kind"})
    return read(reader, name, table)


def _ask(reader: _Reader, name: str, table: Mapping[str, Any]) -> AskMenu:
    at = f"menu.{name}"
    keys = {}
    for key, target in reader.table(table.get("keys", {}), f"{at}.keys").items():
        if key not in KEYS:
            reader.fault("bad_key", f"{at}.keys.{key}", key, "按键只能是 0–9、* 或 #")
        keys[key] = reader.name(target, f"{at}.keys.{key}")
    if not keys:
        reader.fault("no_keys", f"{at}.keys", "", '写出至少一个按键；不需要按键时用 kind = "say"')
    tries = table.get("tries", 1)
    if not isinstance(tries, int) or isinstance(tries, bool) or not 1 <= tries <= MAX_TRIES:
        reader.fault("out_of_range", f"{at}.tries", tries, f"写一个 1 到 {MAX_TRIES} 的整数")
        tries = 1
    return AskMenu(
        name,
        reader.names(table.get("prompt"), f"{at}.prompt", at_least=1),
        keys,
        reader.number(table.get("timeout"), f"{at}.timeout", 0.5, MAX_TIMEOUT_S),
        reader.target(table, name, "nothing"),
        reader.names(table.get("invalid"), f"{at}.invalid", at_least=0),
        tries,
        reader.target(table, name, "next"),
    )


def _say(reader: _Reader, name: str, table: Mapping[str, Any]) -> SayMenu:
    prompts = reader.names(table.get("prompt"), f"menu.{name}.prompt", at_least=1)
    return SayMenu(name, prompts, reader.target(table, name, "next"))


def _by_hours(reader: _Reader, name: str, table: Mapping[str, Any]) -> HoursMenu:
    at = f"menu.{name}"
    return HoursMenu(
        name,
        reader.name(table.get("hours"), f"{at}.hours"),
        reader.target(table, name, "next"),
        reader.target(table, name, "closed"),
    )


def _person(reader: _Reader, name: str, table: Mapping[str, Any]) -> PersonMenu:
    language = table.get("language")
    if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
        reader.fault("bad_language", f"menu.{name}.language", language, "写语言代码，例如 zh 或 mn")
        language = ""
    groups = reader.names(table.get("groups"), f"menu.{name}.groups", at_least=1)
    return PersonMenu(name, groups, language)


def _end(reader: _Reader, name: str, table: Mapping[str, Any]) -> EndMenu:
    prompts = reader.names(table.get("prompt"), f"menu.{name}.prompt", at_least=0)
    return EndMenu(name, prompts, reader.name(table.get("reason"), f"menu.{name}.reason"))


_KINDS: Mapping[str, tuple[frozenset[str], Callable[[_Reader, str, Mapping[str, Any]], Menu]]] = {
    "ask": (frozenset({"prompt", "keys", "timeout", "nothing", "invalid", "tries", "next"}), _ask),
    "say": (frozenset({"prompt", "next"}), _say),
    "hours": (frozenset({"hours", "next", "closed"}), _by_hours),
    "person": (frozenset({"groups", "language"}), _person),
    "end": (frozenset({"prompt", "reason"}), _end),
}


def _hours(reader: _Reader, name: str, table: Mapping[str, Any]) -> Hours:
    at = f"hours.{name}"
    reader.known_only(table, f"{at}.", frozenset({"zone", "days", *WEEKDAYS}))
    offset = _OFFSET.fullmatch(str(table.get("zone", "+08:00")))
    if offset is None:
        reader.fault("bad_zone", f"{at}.zone", table.get("zone"), "写成时差，例如 +08:00")
    zone = UTC if offset is None else _zone(offset)
    week = tuple(_spans(reader, table.get(day, []), f"{at}.{day}") for day in WEEKDAYS)
    days = {}
    for key, spans in reader.table(table.get("days", {}), f"{at}.days").items():
        try:
            day = date.fromisoformat(key)
        except ValueError:
            reader.fault("bad_date", f"{at}.days.{key}", key, "日期写成 2026-10-01 的样子")
            continue
        days[day] = _spans(reader, spans, f"{at}.days.{key}")
    return Hours(name, zone, week, days)


def _zone(offset: re.Match[str]) -> timezone:
    east = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(east if offset[1] == "+" else -east)


def _spans(reader: _Reader, value: object, key: str) -> tuple[Span, ...]:
    if not isinstance(value, list):
        reader.fault("not_a_list", key, value, '写成时段列表，例如 ["08:30-12:00"]；全天不上班写 []')
        return ()
    spans = []
    for place, item in enumerate(value):
        read = _SPAN.fullmatch(item) if isinstance(item, str) else None
        minutes = [int(part) for part in read.groups()] if read else [0, 0, 0, 0]
        span = Span(minutes[0] * 60 + minutes[1], minutes[2] * 60 + minutes[3])
        if read is None or not span.opens < span.closes <= 24 * 60:
            remedy = "写成 08:30-12:00 的样子，先开后关，最晚 24:00；跨午夜的分成两天写"
            reader.fault("bad_span", f"{key}[{place}]", item, remedy)
            continue
        spans.append(span)
    return tuple(spans)

"""Reads what Asterisk said as it started, and turns each warning into a fault with its place and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.fault import Fault

LOG_FILE = "messages.log"
_START = re.compile(r"\] Asterisk \S+ built by ")
_LINE = re.compile(
    r"^\[[^\]]+\] (?P<level>WARNING|ERROR)\[[^\]]*\](?:\[[^\]]*\])? (?P<source>[^:]+): (?P<said>.*)$"
)
_LONG_NUMBER = re.compile(r"\d{3}(?=\d{4})\d*(?=\d{4})")


@dataclass(frozen=True, slots=True)
class _Saying:
    """A message that we know: which part of it is file, key and value, and what to do."""

    id: str
    pattern: re.Pattern[str]
    remedy: str
    file: str = ""


def _sayings() -> tuple[_Saying, ...]:
    """The table beside this file; it is ours, so a mistake in it may raise."""
    document = tomllib.loads((Path(__file__).parent / "sayings.toml").read_text(encoding="utf-8"))
    return tuple(
        _Saying(entry["id"], re.compile(entry["pattern"]), entry["remedy"], entry.get("file", ""))
        for entry in document["saying"]
    )


def check_log(log: Path) -> list[Fault]:
    """Each warning and error since Asterisk's last start, the same one once."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return [
            Fault("log_missing", str(log), "-", "", "Asterisk没有写日志：核对日志目录的权限，或它没有启动")
        ]
    starts = [place for place, line in enumerate(lines) if _START.search(line)]
    read = (_LINE.match(line) for line in lines[starts[-1] if starts else 0 :])
    sayings = _sayings()
    return list(dict.fromkeys(_fault(line.groupdict(), sayings) for line in read if line))


def _fault(line: Mapping[str, str], sayings: tuple[_Saying, ...]) -> Fault:
    for saying in sayings:
        found = saying.pattern.search(line["said"])
        if found is None:
            continue
        parts = found.groupdict(default="")
        file = Path(saying.file or parts.get("file") or _file_of(line["source"], parts)).name
        key = ".".join(part for part in (parts.get("section"), parts.get("key")) if part)
        place = f"{key or '-'}（第{parts['line']}行）" if parts.get("line") else key or "-"
        return Fault(saying.id, file, place, _masked(parts.get("value", "")), saying.remedy)
    remedy = "Asterisk启动时的警告：按这条信息核对配置"
    return Fault("asterisk_warning", LOG_FILE, line["source"], _masked(line["said"]), remedy)


def _file_of(source: str, parts: Mapping[str, str]) -> str:
    """config_options.c leaves the file's name out for pjsip's objects; CEL's events it knows only there."""
    return (
        "cel.conf" if parts.get("key") == "events" else "pjsip.conf" if source == "config_options.c" else "-"
    )


def _masked(text: str) -> str:
    """A citizen's number never leaves the log: three digits and four remain."""
    return _LONG_NUMBER.sub(lambda number: f"{number[0][:3]}****", text)[:160]

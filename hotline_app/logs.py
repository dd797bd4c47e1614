"""Logs: one JSON object a line, telephone numbers masked whoever forgot to."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

# Mobile numbers (11 digits from 1) and landlines with their area code, wherever they stand in a text.
_NUMBER = re.compile(
    r"(?<![\d.-])(?P<country>(?:\+|00)?86)?"
    r"(?:(?P<mobile>1[3-9]\d)\d{4}|(?P<area>0\d{2,3}-?)\d{3,4})(?P<last>\d{4})(?![\d.])"
)
# Keys that hold ids and times, which may look like numbers.
_AS_THEY_ARE = frozenset(
    {"timestamp", "at", "call", "call_id", "channel", "ticket_no", "pid", "port", "level"}
)
_BYTES, _KEPT = 20_000_000, 5


def mask(text: str) -> str:
    """13904760001 → 139****0001; 0476-8200000 → 0476-***0000.  Other text is left as it is."""
    return _NUMBER.sub(_starred, text)


def _starred(found: re.Match[str]) -> str:
    shown = (found["country"] or "") + (found["mobile"] or found["area"])
    return f"{shown}{'*' * (len(found[0]) - len(shown) - 4)}{found['last']}"


def masked(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: masks every text value, at any depth."""
    for key, value in entry.items():
        if key not in _AS_THEY_ARE:
            entry[key] = _deep(value)
    return entry


def _deep(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: part if key in _AS_THEY_ARE else _deep(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_deep(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 10**9:
        text = mask(str(value))
        return text if "*" in text else value
    return value


def configure(file: Path | None, *, level: int = logging.INFO, process: str = "") -> None:
    """Sends structlog and the standard library's logging to `file` (rotated), or to stderr without one."""
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        handler = logging.handlers.RotatingFileHandler(
            file, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8"
        )
        file.chmod(0o600)
    first: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        lambda _logger, _method, entry: {"process": process, **entry} if process else entry,
        structlog.processors.format_exc_info,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                masked,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    structlog.configure(
        processors=[*first, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )

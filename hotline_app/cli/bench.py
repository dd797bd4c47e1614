"""`bench NAME`: runs `bench/NAME.py`'s `run(options, programs)`; each compares with its peer in one run."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

import structlog

BENCHES = Path(__file__).resolve().parents[2] / "bench"


def options(command: argparse.ArgumentParser) -> None:
    """The benchmark's name and --json; further words are the benchmark's own."""
    command.add_argument("name", metavar="NAME", help=f"有：{'、'.join(_names()) or '（还没有）'}")
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")


def run(given: argparse.Namespace) -> int:
    """Prints what the benchmark found; 2 for an unknown name."""
    from asterisk_conf.obtain import programs

    if given.name not in _names():
        known = "、".join(_names())
        print(f"没有基准测试 {given.name}，可用：{known} / no such benchmark", file=sys.stderr)
        return 2
    # What is printed is the result alone, so that a program can read it.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    bench = importlib.import_module(f"bench.{given.name}")
    found = bench.run(given.rest, programs())
    print(json.dumps(found, ensure_ascii=False, indent=1) if given.json else bench.shown(found))
    return 0


def _names() -> list[str]:
    return sorted(file.stem for file in BENCHES.glob("*.py") if not file.stem.startswith("_"))

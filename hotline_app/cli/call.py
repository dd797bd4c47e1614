"""`call NUMBER`: one citizen of the simulated network calls the running hotline."""

from __future__ import annotations

import argparse

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """What the citizen does."""
    command.add_argument("number", metavar="NUMBER", help="拨打的号码，例如 12345")
    command.add_argument(
        "--from", dest="caller", default="13904760001", metavar="N", help="主叫号码 / caller"
    )
    command.add_argument("--press", default="", metavar="KEYS", help="按键 / keys to press")
    command.add_argument("--talk", type=float, default=5.0, metavar="S", help="通话几秒 / seconds of talk")
    command.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    place.options(command, config=False)


def run(given: argparse.Namespace) -> int:
    """0 when the call reached a person and has its ticket."""
    from tests.network.cli import run_call

    given.runtime = place.running(given)
    return int(run_call(given))

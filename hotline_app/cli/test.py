"""`test`: style, types and every test; what CI runs.  Words after it go to pytest, which then runs alone."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def options(command: argparse.ArgumentParser) -> None:
    """Whatever pytest takes."""
    command.epilog = (
        "后面的参数交给 pytest，此时只运行 pytest / further words go to pytest, which then runs alone"
    )


def run(given: argparse.Namespace) -> int:
    """The number of steps that failed, at most 1."""
    from asterisk_conf.obtain import programs

    programs(test=True)  # told here, once, and not in the middle of a worker's output
    python = [sys.executable, "-P", "-m"]
    tests = [*python, "pytest", "-n", str(os.cpu_count() or 2), "--dist", "loadfile", *given.rest]
    steps = [("pytest", tests)]
    if not given.rest:
        steps = [
            ("ruff check", [*python, "ruff", "check", "--no-cache", "."]),
            ("ruff format", [*python, "ruff", "format", "--check", "."]),
            ("mypy", [*python, "mypy"]),
            ("console", [str(REPO / ".venv/bin/npm"), "run", "check", "--silent"]),
            *steps,
        ]
    failed = [name for name, command in steps if not _passes(name, command)]
    if failed:
        print(f"〔测试〕未通过：{'、'.join(failed)} / failed", file=sys.stderr)
    return 1 if failed else 0


def _passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    print(f"〔测试〕{name}", file=sys.stderr, flush=True)
    folder = REPO / "console" if name == "console" else REPO
    binaries = f"{REPO / '.venv/bin'}:{os.environ.get('PATH', os.defpath)}"
    environment = {**os.environ, "PYTHONPATH": str(REPO), "PATH": binaries}
    code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
    seconds = round(time.monotonic() - began)
    print(f"〔测试〕{name} {'通过' if code == 0 else '未通过'}，{seconds} 秒", file=sys.stderr, flush=True)
    return code == 0

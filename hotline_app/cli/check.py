"""`check`: the configuration, every generated file, and what a real Asterisk says to them."""

from __future__ import annotations

import argparse
import asyncio
import sys

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """--config and --state."""
    place.options(command)


def run(given: argparse.Namespace) -> int:
    """0 when sound, 1 with each fault on stderr."""
    from asterisk_conf.obtain import programs
    from hotline_app.checking import faults_of
    from hotline_app.state import holder

    runtime = place.configured(given)
    name = given.config.name if given.config else "hotline.toml"
    running = holder(runtime.state) is not None
    faults = asyncio.run(faults_of(runtime, programs(), config_name=name, running=running))
    for fault in faults:
        print(f"有误 / fault: {fault}", file=sys.stderr)
    if not faults:
        print("配置和生成的文件都没有问题 / configuration and generated files are sound")
    return 1 if faults else 0

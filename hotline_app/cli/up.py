"""`up`: everything in the foreground."""

from __future__ import annotations

import argparse
import asyncio

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """--config and --state."""
    place.options(command)


def run(given: argparse.Namespace) -> int:
    """Returns when everything has stopped."""
    from asterisk_conf.obtain import programs
    from hotline_app import logs
    from hotline_app.supervisor import Supervisor

    runtime = place.configured(given)
    logs.configure(runtime.state.log / "supervisor.log", process="supervisor")
    name = given.config.name if given.config else "hotline.toml"
    obtained = programs()

    async def everything() -> None:
        await Supervisor(runtime, obtained, config_name=name).run()

    asyncio.run(everything())
    return 0

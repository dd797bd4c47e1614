"""`demo`: `up`, plus a simulated telephone network whose citizens call and whose seats answer."""

from __future__ import annotations

import argparse

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """--config and --state, by default a state directory of the demo's own."""
    place.options(command)


def run(given: argparse.Namespace) -> int:
    """Returns when everything has stopped."""
    from asterisk_conf.obtain import programs
    from hotline_app import logs
    from hotline_app.supervisor import Supervisor
    from tests.network.cli import run_demo

    if given.state is None:
        from hotline_app.state import demo_state

        given.state = demo_state()
    given.runtime = place.configured(given)
    logs.configure(given.runtime.state.log / "supervisor.log", process="supervisor")
    name = given.config.name if given.config else "hotline.toml"
    # `run_demo` awaits it: everything runs until it is asked to stop; `on_ready` is awaited after READY.
    given.up = Supervisor(given.runtime, programs(), config_name=name).run
    return int(run_demo(given))

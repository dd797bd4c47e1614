"""`demo`: `up`, plus a simulated telephone network whose citizens call and whose seats answer."""

from __future__ import annotations

import argparse

from hotline_app.cli import place


def options(command: argparse.ArgumentParser) -> None:
    """--config and --state, by default a state directory of the demo's own."""
    place.options(command)


def run(given: argparse.Namespace) -> int:
    """Returns when everything has stopped."""
    from tests.network.cli import run_demo

    if given.state is None:
        from hotline_app.state import default_state

        given.state = default_state().with_name("hotline-demo")
    given.runtime = place.configured(given)
    return run_demo(given)

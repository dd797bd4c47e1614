"""Which hotline a command means: its settings, its state directory."""

from __future__ import annotations

import argparse
import os

from hotline_app.runtime import Runtime
from hotline_app.settings_file import load
from hotline_app.state import State, default_state, running_state


def options(command: argparse.ArgumentParser, *, config: bool = True) -> None:
    """Adds --state, and --config for commands that read the configuration themselves."""
    from pathlib import Path

    if config:
        command.add_argument(
            "--config", type=Path, metavar="FILE", help="配置文件，默认仓库里的 hotline.toml"
        )
    command.add_argument("--state", type=Path, metavar="DIR", help="状态目录 / state directory")


def state_of(given: argparse.Namespace) -> State:
    """The state directory that was named, else the usual one."""
    return State((given.state or default_state()).absolute())


def configured(given: argparse.Namespace) -> Runtime:
    """From the configuration; makes the state directory.  Raises ConfigRefused, StateFault."""
    values = load(given.config)
    os.umask(0o077)  # tickets are nobody else's to read
    state = state_of(given)
    state.make()
    return Runtime(values, state)


def running(given: argparse.Namespace) -> Runtime:
    """Of the hotline that runs (a demo too), or ran last.  Raises StateFault without one."""
    return Runtime.read(State((given.state or running_state()).absolute()).runtime)

"""A private Asterisk for tests: its own directories, started and stopped as a child of this process."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from asterisk_conf.obtain import Programs

TEMPLATES = Path(__file__).parent / "templates"
BOOT_S = 30.0
STOP_S = 10.0


_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class AsteriskDied(RuntimeError):
    """The private Asterisk ended by itself; the message holds the end of its log."""


class PrivateAsterisk:
    """One Asterisk process with a state directory of its own, in /tmp: its control socket needs a short path.

    `files` maps names of configuration files to templates in `templates`; the rest of `values` fills them.
    """

    def __init__(self, programs: Programs, *, templates: Path = TEMPLATES) -> None:
        self._programs = programs
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
        )
        self.state = Path(tempfile.mkdtemp(prefix="hl-net-"))
        self.conf = self.state / "conf"
        self._process: asyncio.subprocess.Process | None = None
        self._output: Any = None

    @property
    def pid(self) -> int:
        """Of the running process; raises AsteriskDied when there is none."""
        if self._process is None or self._process.returncode is not None:
            raise AsteriskDied("Asterisk is not running")
        return self._process.pid

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Renders `<name>.j2` into the configuration directory; only we may read it, it may hold secrets."""
        self.conf.mkdir(mode=0o700, parents=True, exist_ok=True)
        given = {
            "conf": self.conf,
            "state": self.state,
            "modules": self._programs.asterisk_modules,
            "data": self._programs.asterisk_data,
            **values,
        }
        text = self._templates.get_template(f"{name}.j2").render(given)
        target = self.conf / name
        new = target.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.chmod(0o600)
        new.rename(target)

    async def start(self) -> None:
        """Starts it and returns at once; the caller knows it is up when its AMI says FullyBooted."""
        for name in ("lib", "spool", "spool/monitor", "run", "log", "heard"):
            (self.state / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._output = (self.state / "log" / "console.log").open("wb")
        # A group of its own: Ctrl-C at the terminal ends us, and we end it in order.
        self._process = await asyncio.create_subprocess_exec(
            *self._programs.argv("asterisk", "-f", "-C", str(self.conf / "asterisk.conf")),
            env={**self._programs.env("asterisk"), "LC_ALL": "C.UTF-8"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def raise_if_dead(self) -> None:
        """Raises AsteriskDied, with the end of its log, when the process has ended."""
        if self._process is None or self._process.returncode is None:
            return
        raise AsteriskDied(f"Asterisk ended with {self._process.returncode}\n{self.log()[-2000:]}")

    def log(self) -> str:
        """All that it wrote: console and messages."""
        parts = [self.state / "log" / "console.log", self.state / "log" / "messages.log"]
        return "\n".join(p.read_text(encoding="utf-8", errors="replace") for p in parts if p.exists())

    async def command(self, text: str) -> str:
        """The answer of its command line, for looking at, never for deciding anything."""
        asking = await asyncio.create_subprocess_exec(
            *self._programs.argv("asterisk", "-C", str(self.conf / "asterisk.conf"), "-rx", text),
            env=self._programs.env("asterisk"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        answer, _ = await asyncio.wait_for(asking.communicate(), 10)
        return answer.decode(errors="replace")

    async def stop(self, *, keep: bool = False) -> None:
        """Ends it (TERM, then KILL after 10 s) and removes its directory unless `keep`."""
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if self._output is not None:
            self._output.close()
        if not keep:
            shutil.rmtree(self.state, ignore_errors=True)


def _die_with_parent() -> None:
    """In the child, before it becomes Asterisk: a test run that is killed leaves no Asterisk behind."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

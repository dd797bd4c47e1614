"""The private Asterisk node: its files rendered, its prompts spoken, started detached or adopted."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import structlog

from asterisk_conf.command import Command
from asterisk_conf.fault import Fault
from asterisk_conf.obtain import Programs
from asterisk_conf.plan import Plan
from asterisk_conf.prompts import CATALOGUE, EspeakNg, compose, parse, speak
from asterisk_conf.render import render
from hotline_app.processes import Account, Process
from hotline_app.state import State, StateFault

_START_S = 60.0


class AsteriskServer:
    """One node in `<state>/nodes/<name>`, which belongs to `account` (None: to us)."""

    def __init__(self, programs: Programs, state: State, node: str, account: Account | None) -> None:
        self._programs = programs
        self._state = state
        self._place = state.node(node)
        self._account = account
        self.conf = self._place / "etc"
        self.node = node
        self.process = Process(f"asterisk-{node}", state.run / f"asterisk-{node}.json")

    def prepare(self, plan: Plan) -> list[Path]:
        """Renders files, speaks prompts, composes music; the files that changed.  Raises StateFault."""
        self._place.mkdir(parents=True, exist_ok=True, mode=0o750)
        faults = self.sounds(plan)
        if faults:
            raise StateFault("\n".join(map(str, faults)))
        changed = render(plan, self.conf)
        if self._account:
            _give(self._place, self._account, but_not_below=plan.directories.recordings)
            os.chown(plan.directories.recordings, self._account.uid, self._account.gid)
        return changed

    def sounds(self, plan: Plan) -> tuple[Fault, ...]:
        """Speaks prompts, composes music; tells the prompts that would be silent.  Cheap when repeated."""
        sox = Command(tuple(self._programs.argv("sox")), self._programs.env("sox"))
        espeak = Command(tuple(self._programs.argv("espeak-ng")), self._programs.env("espeak-ng"))
        studio, places = self._state.studio, plan.directories
        for place in (places.prompts, places.music):
            place.mkdir(parents=True, exist_ok=True, mode=0o750)
        catalogue = parse(CATALOGUE.read_text(encoding="utf-8"), CATALOGUE.name)
        spoken = speak(catalogue, places.prompts, studio, synthesiser=EspeakNg(espeak), sox=sox)
        music = compose(places.music, studio, places.prompts / "cache", sox=sox)
        for fault in (*spoken.faults, *music):
            structlog.get_logger().warning("prompts.fault", fault=str(fault))
        # A recording that cannot be used has its spoken stand-in; a prompt that is silent is a fault.
        return tuple(fault for fault in spoken.faults if fault.id == "not_spoken")

    def start(self) -> None:
        """Starts it (unless it runs); `ready` tells when it has booted."""
        if self.process.running:
            return
        environment = {**self._programs.env("asterisk"), "LC_ALL": "C.UTF-8", "HOME": str(self._place)}
        self.process.spawn(
            self._programs.argv("asterisk", "-f", "-C", str(self.conf / "asterisk.conf")),
            env=environment,
            output=self._state.log / f"{self.process.name}.out",
            cwd=self._place,
            account=self._account,
        )

    async def ready(self) -> None:
        """Returns when it has fully booted.  Raises StateFault when it ends or stays silent."""
        deadline = time.monotonic() + _START_S
        while "fully booted" not in (await self.ask("core waitfullybooted")).lower():
            if not self.process.running or time.monotonic() > deadline:
                raise StateFault(
                    f"Asterisk 没有启动，原因见 {self._place}/log/messages.log 和 "
                    f"{self._state.log}/{self.process.name}.out / Asterisk did not start: see its log"
                )
            await asyncio.sleep(0.1)

    async def reload(self) -> None:
        """Takes up changed files without touching calls."""
        structlog.get_logger().info("asterisk.reload", answer=(await self.ask("core reload"))[:200])

    async def ask(self, command: str) -> str:
        """A console command's answer; empty when Asterisk does not answer within 10 s."""
        argv = self._programs.argv("asterisk", "-C", str(self.conf / "asterisk.conf"), "-rx", command)
        asking = await asyncio.create_subprocess_exec(
            *argv,
            env=self._programs.env("asterisk"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            answer, _ = await asyncio.wait_for(asking.communicate(), 10)
        except TimeoutError:
            asking.kill()
            await asking.wait()
            return ""
        return answer.decode(errors="replace")

    async def stop(self) -> None:
        """Ends it: calls that are up are hung up in order."""
        await self.process.stop(patience_s=15)


def _give(place: Path, account: Account, *, but_not_below: Path) -> None:
    """Hands a directory to the account; what lies in `but_not_below` is Asterisk's own already, and much."""
    os.chown(place, account.uid, account.gid)
    for directory, folders, files in os.walk(place):
        for name in (*folders, *files):
            os.chown(Path(directory, name), account.uid, account.gid, follow_symlinks=False)
        folders[:] = [name for name in folders if Path(directory, name) != but_not_below]

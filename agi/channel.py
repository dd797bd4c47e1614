"""The caller's channel: the only place that knows AGI's text.

Verbs and exceptions are those of pyst2's ``asterisk.agi.AGI``; a test compares the command lines of both.
"""

from __future__ import annotations

import re

from asterisk.agi import AGIUsageError

from agi.request import AgiReply, HardenedRequest

_SAFE = re.compile(r"[\w./&+:@=-]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def _quoted(value: str) -> str:
    """A value between quotes, as AGI's parser reads it back."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ") + '"'


class Channel:
    """One caller's leg for the length of one question.  All verbs raise pyst2's AGI exceptions."""

    def __init__(self, request: HardenedRequest) -> None:
        self._request = request
        self.env = request.headers

    def argument(self, position: int) -> str:
        """The n-th argument (from 1) of the dialplan's ``AGI()``; empty when it was not given."""
        return self.env.get(f"agi_arg_{position}", "")

    @property
    def caller_name(self) -> str:
        """The caller's display name as the network sent it; undecodable bytes are replaced."""
        name = self.env.get("agi_calleridname", "")
        return "" if name == "unknown" else name

    @property
    def asked_in_vain(self) -> bool:
        """True when Asterisk has closed this session already, so that an answer would reach nobody."""
        return self._request.reader.at_eof() or self._request.hung_up

    async def answer(self) -> None:
        """Answers the call."""
        await self._request.command("ANSWER")

    async def hangup(self) -> None:
        """Hangs the caller up."""
        await self._request.command("HANGUP")

    async def appexec(self, application: str, options: str = "") -> AgiReply:
        """Runs a dialplan application; ``options`` must be free of caller data (commas part arguments)."""
        return await self._request.command(f"EXEC {application} {_quoted(options)}")

    async def set_variable(self, name: str, value: str) -> None:
        """Sets one channel variable; any text is safe."""
        if not _NAME.fullmatch(name):
            raise AGIUsageError(f"not a variable name: {name[:40]!r}")
        await self._request.command(f"SET VARIABLE {name} {_quoted(value)}")

    async def set_variables(self, values: dict[str, str]) -> None:
        """Sets several variables in one round trip, in order: the last one is set last.

        Values may hold only what the dialplan cannot misread (letters, digits and ``./&+:@=-``).
        """
        for name, value in values.items():
            if not _NAME.fullmatch(name) or not _SAFE.fullmatch(value):
                raise AGIUsageError(f"unsafe for the dialplan: {name[:40]}={value[:40]!r}")
        await self.appexec("MSet", ",".join(f"{name}={value}" for name, value in values.items()))

    async def get_variable(self, name: str) -> str:
        """A channel variable's value; empty when it is not set."""
        reply = await self._request.command(f"GET VARIABLE {_quoted(name)}")
        return (reply.data or "") if reply.result == "1" else ""

    async def channel_status(self) -> int:
        """The channel's state as Asterisk numbers it (4 ringing, 6 up)."""
        return int((await self._request.command("CHANNEL STATUS")).result)

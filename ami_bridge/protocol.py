"""The byte side of an AMI session: panoramisk's protocol, made safe against what a peer may send."""

import asyncio
import codecs
from collections.abc import Callable, Container
from typing import Any

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from .errors import LinkDown
from .pending import Pending
from .reply import Reply
from .traffic import Traffic
from .wire import EOL, Block, Headers, parse

_END = EOL + EOL
_ACTION_ID = f"{EOL}ActionID: "
_BANNER = "Asterisk Call Manager/"
# Characters without the blank line that ends a message. Real messages are a few thousand long.
_MOST_UNFINISHED = 256 * 1024
# Bytes we wrote that the peer did not take: it is frozen, the watchdog is about to find out.
_MOST_UNSENT = 1024 * 1024


class AmiProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """Differs from its parent: characters split across chunks survive, one bad message costs only itself,
    nothing grows without end, and actions that lose their session fail instead of being replayed.

    `wanted`: names of events worth parsing. `on_event` gets name and headers of those.
    """

    def __init__(
        self, *, wanted: Container[str], on_event: Callable[[str, Headers], None], traffic: Traffic, log: Any
    ) -> None:
        self._wanted = wanted
        self._on_event = on_event
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""
        self._session_log = log
        self.closed = False
        self._traffic = traffic

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.log = self._session_log
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def send(self, data: Pending, as_list: bool | None = None) -> asyncio.Future[Reply]:
        """Raises LinkDown when the session is gone or the peer no longer reads."""
        if self.closed or self.transport.is_closing():
            raise LinkDown("the AMI session is closed")
        if self.transport.get_write_buffer_size() > _MOST_UNSENT:
            raise LinkDown("the AMI peer does not read")
        self.responses[data.id] = data
        # However it ends, by answer, time limit or cancellation: it must not stay here for ever.
        self._traffic.pending += 1
        data.future.add_done_callback(lambda _: self._settle(data))
        self.transport.write(str(data).encode("utf-8"))
        return data.future

    def _settle(self, action: Pending) -> None:
        self.responses.pop(action.id, None)
        self._traffic.pending -= 1

    def data_received(self, data: bytes) -> None:
        text = self._unfinished + self._decoder.decode(data)
        if self.version is None:
            text = self._after_banner(text)
        *blocks, self._unfinished = text.split(_END)
        for block in blocks:
            try:
                self._message(block)
            except Exception:
                # Never the text itself: it may hold a citizen's number.
                self._traffic.malformed += 1
                self.log.exception("ami.bad_message", kind=block[:40].partition(EOL)[0], size=len(block))
        if len(self._unfinished) > _MOST_UNFINISHED:
            self.log.error("ami.endless_message", size=len(self._unfinished))
            self.abort()

    def _after_banner(self, text: str) -> str:
        line, end, rest = text.partition(EOL)
        if not end:
            return text
        if not line.startswith(_BANNER):
            self.log.error("ami.not_asterisk", banner=line[:40])
            self.abort()
            return ""
        self.version = line.removeprefix(_BANNER)
        return rest

    def _message(self, block: str) -> None:
        if block.startswith("Event: "):
            name = block[7 : block.find(EOL)] if EOL in block else block[7:]
            if self.responses and _ACTION_ID in block and self._is_item(name, block):
                return
            if name in self._wanted:
                self._traffic.handed += 1
                self._on_event(name, Block(block))
            else:
                self._traffic.dropped += 1
        elif block.startswith("Response: "):
            message = Message.from_line(block)
            pending = None if message is None else self.responses.get(message.id)
            # No one waits for it any more: its time limit was over.
            if pending is not None:
                pending.response(message)
        elif block.startswith(EOL):
            # Now and then Asterisk sends one line end too many.
            self._message(block.lstrip(EOL))
        elif block:
            self._traffic.malformed += 1
            self.log.warning("ami.no_message", size=len(block))

    def _is_item(self, name: str, block: str) -> bool:
        """Part of the answer to a list action?"""
        pending = self.responses.get(Block(block).get("ActionID"))
        return pending is not None and pending.item(name, parse(block))

    def abort(self) -> None:
        """At once, without waiting for what is still unsent: a frozen peer would keep us waiting."""
        self.transport.abort()
        self.connection_lost(None)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.close()
        if not self.lost.done():
            self.lost.set_result(None)

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.transport.close()
        for pending in list(self.responses.values()):
            if not pending.future.done():
                pending.future.set_exception(LinkDown("the AMI session ended before the answer"))
                # An action whose caller went away meanwhile must not log "never retrieved".
                pending.future.exception()

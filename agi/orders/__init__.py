"""What a desk may order of a node's owner: one small file an order, each safe to be asked for in vain.

`HANDLERS` is the whole list.  A handler returns what the desk is told, or raises OrderFailed with a code,
a detail and a remedy in Chinese.  Orders are posted with `seats.orders.Orders`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agi.orders.dial_out import dial_out
from agi.orders.drop_peer import drop_peer
from agi.orders.floor import Floor
from agi.orders.hangup import hangup
from agi.orders.move import move
from agi.orders.recording import record_pause, record_resume
from agi.orders.supervise import barge, listen, stop_listening, whisper
from seats.orders import Order

Handler = Callable[[Order, Floor], Awaitable[dict[str, Any]]]

HANDLERS: Mapping[str, Handler] = {
    "hangup": hangup,
    "listen": listen,
    "whisper": whisper,
    "barge": barge,
    "stop-listening": stop_listening,
    "record-pause": record_pause,
    "record-resume": record_resume,
    "move": move,
    "dial-out": dial_out,
    "drop-peer": drop_peer,
}

__all__ = ["HANDLERS", "Floor", "Handler"]

"""What an order has to work with: the node's channels, the ACD, the ledger, and the ways out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agi.live import LiveCalls
from agi.orders.originations import Originations
from agi.orders.sessions import Sessions
from ami_bridge import ActionRefused, LiveChannel, Reply
from ami_bridge import actions as act
from crm import Ledger
from seats import Acd
from seats.orders import Order, OrderFailed
from transfer.outside import Outside

CALL = re.compile(r"[\w.-]{1,150}", re.ASCII)
SEAT = re.compile(r"\d{3,6}", re.ASCII)
NODE = re.compile(r"[a-z][a-z0-9-]{0,30}", re.ASCII)
_GONE = "no such channel", "does not exist"


@dataclass(frozen=True, slots=True)
class Floor:
    """One node, as its owner sees it.

    ``unseal`` opens what a desk has sealed (base64 text).  Handlers raise OrderFailed; what else they may
    raise (AcdUnavailable, AmiError, LedgerUnavailable) is the clerk's to answer.
    """

    node: str
    act: Callable[[act.Action], Awaitable[Reply]]
    live: LiveCalls
    acd: Acd
    ledger: Ledger
    rings: Originations
    sessions: Sessions
    outside: Outside
    unseal: Callable[[str], str]

    async def channels(self) -> list[LiveChannel]:
        """Every channel that the node has now."""
        reply = await self.act(act.CoreShowChannels())
        return [LiveChannel.from_headers(item) for item in reply.items]

    async def legs(self, call_id: str) -> list[LiveChannel]:
        """A call's channels, the caller's first.  Raises OrderFailed ("call-gone") when it has none."""
        found = [each for each in await self.channels() if each.call_id == call_id]
        if not found:
            raise call_gone()
        return sorted(found, key=lambda each: each.uniqueid != call_id)

    async def caller(self, call_id: str) -> LiveChannel:
        """The call's first channel.  Raises OrderFailed ("call-gone")."""
        first = (await self.legs(call_id))[0]
        if first.uniqueid != call_id:
            raise call_gone()
        return first

    async def hang_up(self, channel: str, *, cause: int = 16) -> bool:
        """Ends one channel; False when it had gone already."""
        try:
            await self.act(act.Hangup(channel=channel, cause=cause))
        except ActionRefused as refusal:
            if any(word in refusal.message.lower() for word in _GONE):
                return False
            raise
        return True

    async def redirect(self, channel: str, context: str, exten: str) -> None:
        """Sends a channel elsewhere.  Raises OrderFailed ("call-gone") when it has gone."""
        try:
            await self.act(act.Redirect(channel=channel, context=context, exten=exten))
        except ActionRefused as refusal:
            if any(word in refusal.message.lower() for word in _GONE):
                raise call_gone() from refusal
            raise


def said(order: Order, key: str, pattern: re.Pattern[str], *, default: str | None = None) -> str:
    """A text of the order's data.  Raises OrderFailed ("bad-order") when it is missing or cannot be one."""
    data: Mapping[str, Any] = order.data
    value = data.get(key, default)
    if value == default and isinstance(value, str):
        return value
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise OrderFailed("bad-order", f"请求内容有误：{key}", "请刷新页面后重试；仍不行请通知系统管理员")
    return value


def call_gone() -> OrderFailed:
    """The call is no longer there."""
    return OrderFailed("call-gone", "这通电话已经结束", "请刷新列表")

"""Carries out one node's orders: each in a task of its own, within a time limit, answered in any case."""

from __future__ import annotations

import asyncio

import structlog

from agi.orders import HANDLERS, Floor
from ami_bridge import ActionRefused, ActionTimeout, LeaseLost, LinkDown
from crm import LedgerUnavailable
from seats import AcdUnavailable
from seats.orders import CARRY_OUT_S, Order, OrderFailed, Orders

_AGAIN = "请再试一次；仍不行请通知系统管理员"


class Clerk:
    """`work` runs while this process owns the node and its link is up."""

    def __init__(self, orders: Orders, floor: Floor, *, limit_s: float = CARRY_OUT_S - 0.2) -> None:
        self._orders = orders
        self._floor = floor
        self._limit_s = limit_s
        self._busy: set[asyncio.Task[None]] = set()
        self.carried_out = 0
        self.failed = 0
        self._log = structlog.get_logger("agi.orders").bind(node=floor.node)

    async def work(self) -> None:
        """Takes orders for ever.  What has been taken is carried out even if this ends meanwhile."""
        async for order in self._orders.take(self._floor.node):
            doing = asyncio.create_task(self._carry_out(order), name=f"order {order.name}")
            self._busy.add(doing)
            doing.add_done_callback(self._busy.discard)

    async def settled(self) -> None:
        """Returns when everything taken has been answered."""
        await asyncio.gather(*self._busy)

    async def _carry_out(self, order: Order) -> None:
        try:
            try:
                told = await self._done_in_time(order)
            except OrderFailed as why:
                self.failed += 1
                self._log.info("order.failed", order=order.name, by=order.by, code=why.code)
                await self._orders.failed(order, why)
            else:
                self.carried_out += 1
                self._log.info("order.done", order=order.name, by=order.by)
                await self._orders.done(order, told)
        except AcdUnavailable as away:  # who asked is told by the time-out, and looks again
            self._log.warning("order.not_answered", order=order.name, reason=str(away))

    async def _done_in_time(self, order: Order) -> dict[str, object]:
        """Raises OrderFailed, whatever went wrong."""
        handler = HANDLERS.get(order.name)
        if handler is None:
            raise OrderFailed("unknown-order", f"没有“{order.name}”这个操作", "请刷新页面")
        try:
            async with asyncio.timeout(self._limit_s):
                return await handler(order, self._floor)
        except OrderFailed:
            raise
        except (TimeoutError, ActionTimeout):
            raise OrderFailed("too-slow", "电话系统没有及时回应，操作可能没有生效", _AGAIN) from None
        except (LeaseLost, LinkDown):
            raise OrderFailed("no-link", "电话系统正在重新连接，操作没有执行", "请几秒后再试") from None
        except ActionRefused as refusal:
            self._log.warning("order.refused", order=order.name, reason=refusal.message)
            raise OrderFailed("refused", "电话系统拒绝了这个操作", _AGAIN) from None
        except AcdUnavailable:
            raise OrderFailed("acd-away", "坐席服务暂时不可用，操作没有完成", "请稍候重试") from None
        except LedgerUnavailable:
            raise OrderFailed("ledger-away", "通话记录暂时写不进去，操作没有执行", "请稍候重试") from None
        except Exception:  # noqa: BLE001 - whoever ordered is told; the traceback is in the log
            self._log.exception("order.fault", order=order.name)
            raise OrderFailed("internal", "操作时出了系统错误", "请通知系统管理员查看日志") from None

"""Who owns a node: one bridge at a time, by a time-limited lease in Redis with a fencing number."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from .errors import LeaseLost
from .tasks import end

_SCRIPTS = Path(__file__).with_name("scripts")


class LeaseEnd(StrEnum):
    """Why a lease was lost."""

    TAKEN = "taken"  # Redis says it is no longer ours: it ran out while we were frozen
    UNREACHABLE = "unreachable"  # Redis did not answer in time; on_gained or on_lost(TAKEN) will follow


def owner_key(node: str) -> str:
    """Where Redis says who owns a node; no such key: nobody does."""
    return f"{{ami:{node}}}:owner"


class OwnerLease:
    """Tries to own `node` until stopped.

    `on_gained(fence)` and `on_lost(why)` are awaited one after the other, never both at once. Between two
    owners' spells lies the rest of the lease: a frozen owner finds itself expired by its own clock.
    `owner`: unique a process. `lease_s`: how long a dead owner blocks the node; renewed three times in it.
    """

    def __init__(
        self,
        redis: Redis,
        node: str,
        *,
        owner: str,
        on_gained: Callable[[int], Awaitable[None]],
        on_lost: Callable[[LeaseEnd], Awaitable[None]],
        lease_s: float = 3.0,
    ) -> None:
        self._node = node
        self._owner = owner
        self._on_gained = on_gained
        self._on_lost = on_lost
        self._lease_s = lease_s
        self._key = owner_key(node)
        self._count = f"{{ami:{node}}}:fence"
        self._acquire = redis.register_script((_SCRIPTS / "acquire.lua").read_text())
        self._renew = redis.register_script((_SCRIPTS / "renew.lua").read_text())
        self._release = redis.register_script((_SCRIPTS / "release.lua").read_text())
        self._number = 0
        self._until = 0.0
        self._in_doubt = False
        self._task: asyncio.Task[None] | None = None
        self.log = structlog.get_logger().bind(node=node)

    @property
    def held(self) -> bool:
        return self._number > 0 and time.monotonic() < self._until

    def fence(self) -> int:
        """The number of our spell. Raises LeaseLost; so it guards every action, even after a freeze."""
        if not self.held:
            raise LeaseLost(f"{self._node}: not the owner")
        return self._number

    async def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"lease {self._node}")

    async def stop(self) -> None:
        """Gives the node up; `on_lost` is not called."""
        await end(self._task)
        self._task = None
        if self._number:
            mine, self._number = self._mine(), 0
            try:
                async with asyncio.timeout(self._lease_s / 3):
                    await self._release(keys=[self._key], args=[mine])
            except (RedisError, OSError, TimeoutError) as failure:
                # It runs out by itself.
                self.log.warning("lease.not_released", error=type(failure).__name__)

    async def _run(self) -> None:
        while True:
            try:
                if self._number:
                    await self._keep()
                else:
                    await self._try()
            except Exception:
                # The lease itself is still counted and renewed; a node without an owner would be worse.
                self.log.exception("lease.callback_failed")
            await asyncio.sleep(self._lease_s / 3)

    async def _try(self) -> None:
        # Counted from before the question: our own end must never come after Redis's.
        asked = time.monotonic()
        try:
            async with asyncio.timeout(self._lease_s / 3):
                number = int(await self._acquire(keys=[self._key, self._count], args=self._args(self._owner)))
        except (RedisError, OSError, TimeoutError) as failure:
            self.log.warning("lease.redis_away", error=type(failure).__name__)
            return
        in_doubt, self._in_doubt = self._in_doubt, False
        if number:
            self._number, self._until = number, asked + self._lease_s
            self.log.info("lease.gained", fence=number)
            await self._on_gained(number)
        elif in_doubt:
            await self._on_lost(LeaseEnd.TAKEN)

    async def _keep(self) -> None:
        asked = time.monotonic()
        try:
            async with asyncio.timeout(self._lease_s / 3):
                ours = bool(await self._renew(keys=[self._key], args=self._args(self._mine())))
        except (RedisError, OSError, TimeoutError) as failure:
            self.log.warning("lease.redis_away", error=type(failure).__name__)
            if time.monotonic() + self._lease_s / 3 >= self._until:
                await self._give_up(LeaseEnd.UNREACHABLE)
            return
        if ours:
            self._until = asked + self._lease_s
        else:
            await self._give_up(LeaseEnd.TAKEN)

    async def _give_up(self, why: LeaseEnd) -> None:
        self.log.error("lease.lost", fence=self._number, why=why)
        self._number = 0
        self._in_doubt = why is LeaseEnd.UNREACHABLE
        await self._on_lost(why)

    def _mine(self) -> str:
        return f"{self._owner} {self._number}"

    def _args(self, who: str) -> list[str | int]:
        return [who, round(self._lease_s * 1000)]

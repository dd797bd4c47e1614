"""How a desk asks a node's owner to do something in Asterisk: an order, done at most once, and its answer.

Orders go through one Redis stream; a node's owner claims each before it acts.  A desk that has waited long
enough withdraws its order: from then on nobody will carry it out, so that what a person was told holds.
Ages are told by Redis's clock alone (a stream's ids are its milliseconds).
"""

import json
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from seats import feeds
from seats.errors import AcdUnavailable
from seats.wiring import long_poll_like

ORDERS: Final = "{acd}:orders"  # stream: id, node, name, by, data
_POSTED: Final = "{acd}:posted:"  # + order id → its entry in the stream
_CLAIM: Final = "{acd}:claim:"  # + entry → who has it
_REPLY: Final = "{acd}:reply:"  # + order id: a list with the one answer

LATEST_S = 5.0  # an order older than this is not begun
CARRY_OUT_S = 2.5  # an owner answers within this, with a refusal if need be
REPLY_KEPT_S = 10
_REMEMBER_S = 60  # ids of orders, and who has claimed them
_KEPT = 1_000  # entries of the stream

_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_WITHDRAWN = "withdrawn"

# KEYS: posted, orders.  ARGV: id, node, name, by, data, remember (s), kept.
# Result: the entry, which may be that of the same order posted before.
_POST = """
local before = redis.call('GET', KEYS[1])
if before then return before end
local entry = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[7], '*',
  'id', ARGV[1], 'node', ARGV[2], 'name', ARGV[3], 'by', ARGV[4], 'data', ARGV[5])
redis.call('SET', KEYS[1], entry, 'EX', ARGV[6])
return entry
"""
# KEYS: claim.  ARGV: the entry's time (ms), latest age (ms), who, remember (s).  Result: 1, or 0: leave it.
# A client that asks twice, because the first answer was lost, gets the same answer.
_TAKE = """
local clock = redis.call('TIME')
local has = redis.call('GET', KEYS[1])
if has then return has == ARGV[3] and 1 or 0 end
if clock[1] * 1000 + clock[2] / 1000 - ARGV[1] > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
return 1
"""
# KEYS: claim, posted.  ARGV: the mark of withdrawal, remember (s).  Result: 1, or 0: an owner has it already.
# The id is forgotten with it: whoever asks again asks anew.
_WITHDRAW = """
local has = redis.call('GET', KEYS[1])
if has then return has == ARGV[1] and 1 or 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', KEYS[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What an owner is asked to do.  ``data`` holds no citizen's number unless it is sealed."""

    id: str
    node: str
    name: str
    by: str  # who asked, as the audit names them
    data: dict[str, Any] = field(default_factory=dict, repr=False)


class OrderFailed(Exception):
    """The owner could not, or would not.  ``code`` is stable; ``detail`` and ``remedy`` are for people."""

    def __init__(self, code: str, detail: str, remedy: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.remedy = remedy


class OrderTimeout(Exception):
    """Nobody answered.  ``taken`` False: nothing was done and nothing will be.  True: an owner had begun and
    its answer did not come; look at the call before asking again."""

    def __init__(self, node: str, name: str, *, taken: bool) -> None:
        super().__init__(f"{name} at {node}: {'no answer' if taken else 'nobody took it'}")
        self.node = node
        self.taken = taken


class Orders:
    """Both ends of the stream.  Every method raises AcdUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis, *, poll: Redis | None = None, latest_s: float = LATEST_S) -> None:
        self._redis = redis
        self._poll = poll or long_poll_like(redis)
        self._latest_ms = round(latest_s * 1000)

    # who orders

    async def post(
        self,
        node: str,
        name: str,
        data: Mapping[str, Any],
        *,
        by: str,
        timeout_s: float = 3.0,
        request_id: str | None = None,
    ) -> dict[str, Any]:
        """Asks the owner of ``node`` and waits for its answer.

        The same ``request_id`` again (within a minute) does nothing twice: it waits for the same answer.
        Raises OrderFailed, OrderTimeout; ValueError for an id that cannot be one.
        """
        order_id = request_id or uuid.uuid4().hex
        if not _ID.fullmatch(order_id):
            raise ValueError(f"{order_id[:40]!r} is no request id")
        posted, reply = _POSTED + order_id, _REPLY + order_id
        told = json.dumps(dict(data), ensure_ascii=False)
        entry = await self._ask(
            "EVAL", _POST, 2, posted, ORDERS, order_id, node, name, by, told, _REMEMBER_S, _KEPT
        )
        answer = await self._wait(reply, timeout_s)
        if answer is None:
            claim = _CLAIM + entry
            if await self._ask("EVAL", _WITHDRAW, 2, claim, posted, _WITHDRAWN, _REMEMBER_S):
                raise OrderTimeout(node, name, taken=False)
            answer = await self._wait(reply, CARRY_OUT_S)  # taken at the last moment
        if answer is None:
            raise OrderTimeout(node, name, taken=True)
        outcome = json.loads(answer)
        if outcome["ok"]:
            found: dict[str, Any] = outcome["data"]
            return found
        raise OrderFailed(outcome["code"], outcome["detail"], outcome["remedy"])

    async def _wait(self, reply: str, seconds: float) -> str | None:
        # The answer is turned over, not taken away: two who wait for the same order both read it.
        found = await self._ask("BLMOVE", reply, reply, "LEFT", "LEFT", seconds, client=self._poll)
        return None if found is None else str(found)

    # who carries out

    async def take(self, node: str) -> AsyncIterator[Order]:
        """Orders for this node, each claimed: nobody else will get it.  For ever."""
        seconds, micros = await self._ask("TIME")
        begin = int(seconds) * 1000 + int(micros) // 1000 - self._latest_ms
        async for entry, fields in feeds.read_stream(self._poll, ORDERS, f"{begin}-0"):
            if fields["node"] != node:
                continue
            claim = (_CLAIM + entry, entry.partition("-")[0], self._latest_ms, uuid.uuid4().hex, _REMEMBER_S)
            if await self._ask("EVAL", _TAKE, 1, *claim):
                data = json.loads(fields["data"])
                yield Order(fields["id"], node, fields["name"], fields["by"], data)

    async def done(self, order: Order, data: Mapping[str, Any]) -> None:
        """It has been carried out."""
        await self._answer(order, {"ok": True, "data": dict(data)})

    async def failed(self, order: Order, why: OrderFailed) -> None:
        """It has not."""
        await self._answer(order, {"ok": False, "code": why.code, "detail": why.detail, "remedy": why.remedy})

    async def _answer(self, order: Order, outcome: dict[str, Any]) -> None:
        key, told = _REPLY + order.id, json.dumps(outcome, ensure_ascii=False)
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.lpush(key, told)
                pipe.expire(key, REPLY_KEPT_S)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"answer: {error or type(error).__name__}") from error

    async def close(self) -> None:
        """Closes the patient client; the other is its owner's."""
        await self._poll.aclose()

    async def _ask(self, *command: str | float, client: Redis | None = None) -> Any:
        try:
            return await (client or self._redis).execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            raise AcdUnavailable(f"{command[0]}: {error or type(error).__name__}") from error

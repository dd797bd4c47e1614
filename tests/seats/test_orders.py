"""Orders: at most once, answered or withdrawn, whatever becomes of who posted and who owns."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis

from ami_bridge.tasks import end
from seats import connect
from seats.orders import ORDERS, Order, OrderFailed, Orders, OrderTimeout

AT_WORK: list["Owner"] = []
Carry = Callable[[Order], Awaitable[dict[str, object]]]


@pytest.fixture
async def orders(redis_url: str, redis_clean: Redis) -> AsyncIterator[Orders]:
    clients = connect(redis_url, timeout_s=10)
    yield Orders(clients.call, poll=clients.poll)
    while AT_WORK:
        await AT_WORK.pop().dies()
    await clients.close()


class Owner:
    """Carries out what is asked of a node, and keeps what that was."""

    def __init__(self, orders: Orders, node: str = "node1", *, carry: Carry | None = None) -> None:
        self.did: list[Order] = []
        self._orders, self._node, self._carry = orders, node, carry
        self._task = asyncio.create_task(self._work())
        AT_WORK.append(self)

    async def _work(self) -> None:
        async for order in self._orders.take(self._node):
            self.did.append(order)
            if self._carry is None:
                await self._orders.done(order, {"call_id": order.data["call_id"]})
                continue
            try:
                await self._orders.done(order, await self._carry(order))
            except OrderFailed as why:
                await self._orders.failed(order, why)

    async def dies(self) -> None:
        await end(self._task)


async def hang_up(
    orders: Orders, call: str = "node1-1.1", *, request: str | None = None, wait: float = 3.0
) -> object:
    data = {"call_id": call}
    return await orders.post("node1", "hangup", data, by="leader", timeout_s=wait, request_id=request)


async def test_an_order_is_carried_out_and_answered(orders: Orders) -> None:
    owner = Owner(orders)
    assert await hang_up(orders) == {"call_id": "node1-1.1"}
    (order,) = owner.did
    assert (order.node, order.name, order.by, order.data) == (
        "node1",
        "hangup",
        "leader",
        {"call_id": "node1-1.1"},
    )


async def test_a_refusal_names_code_detail_and_remedy(orders: Orders) -> None:
    async def refuse(_order: Order) -> dict[str, object]:
        raise OrderFailed("call-gone", "这通电话已经结束", "请刷新列表")

    Owner(orders, carry=refuse)
    with pytest.raises(OrderFailed) as caught:
        await hang_up(orders)
    assert (caught.value.code, caught.value.remedy) == ("call-gone", "请刷新列表")


async def test_without_an_owner_it_is_withdrawn_and_never_carried_out(orders: Orders) -> None:
    other = Owner(orders, "node2")
    with pytest.raises(OrderTimeout) as caught:
        await hang_up(orders, wait=0.2)
    assert not caught.value.taken
    late = Owner(orders)
    assert await hang_up(orders, "node1-2.2") == {"call_id": "node1-2.2"}
    assert [order.data["call_id"] for order in late.did] == ["node1-2.2"]
    assert other.did == []


async def test_an_owner_that_takes_over_carries_out_what_nobody_had_begun(orders: Orders) -> None:
    asking = asyncio.create_task(hang_up(orders, wait=10))
    while not await orders._redis.xlen(ORDERS):  # noqa: ASYNC110 - posted
        await asyncio.sleep(0.01)
    Owner(orders)
    assert await asking == {"call_id": "node1-1.1"}


async def test_an_owner_that_dies_in_the_middle_leaves_it_undone_for_good(orders: Orders) -> None:
    began = asyncio.Event()

    async def freeze(_order: Order) -> dict[str, object]:
        began.set()
        await asyncio.Event().wait()
        return {}

    first = Owner(orders, carry=freeze)
    asking = asyncio.create_task(hang_up(orders, wait=0.5))
    await began.wait()
    await first.dies()
    second = Owner(orders)
    with pytest.raises(OrderTimeout) as caught:
        await asking
    assert caught.value.taken
    assert second.did == []


async def test_two_owners_at_once_carry_it_out_once(orders: Orders) -> None:
    both = [Owner(orders), Owner(orders)]
    answers = await asyncio.gather(*(hang_up(orders, f"node1-{n}.1") for n in range(50)))
    assert len(answers) == 50
    did = [order.data["call_id"] for owner in both for order in owner.did]
    assert sorted(did) == sorted({f"node1-{n}.1" for n in range(50)})


async def test_the_same_request_again_is_answered_and_done_once(orders: Orders) -> None:
    owner = Owner(orders)
    request = uuid.uuid4().hex
    answers = await asyncio.gather(*(hang_up(orders, request=request) for _ in range(5)))
    answers.append(await hang_up(orders, request=request))
    assert answers == [{"call_id": "node1-1.1"}] * 6
    assert len(owner.did) == 1


async def test_a_withdrawn_request_may_be_asked_anew(orders: Orders) -> None:
    with pytest.raises(OrderTimeout):
        await hang_up(orders, request="r1", wait=0.1)
    Owner(orders)
    assert await hang_up(orders, request="r1") == {"call_id": "node1-1.1"}


async def test_an_order_that_has_grown_old_is_not_begun(orders: Orders) -> None:
    began, waited = asyncio.Event(), asyncio.Event()

    async def slow(order: Order) -> dict[str, object]:
        began.set()
        await waited.wait()
        return {"call_id": order.data["call_id"]}

    hasty = Orders(orders._redis, poll=orders._poll, latest_s=1.5)
    owner = Owner(hasty, carry=slow)
    first = asyncio.create_task(hang_up(hasty, "node1-1.1", wait=10))
    await began.wait()
    second = asyncio.create_task(hang_up(hasty, "node1-2.2", wait=4))
    await asyncio.sleep(2)
    waited.set()
    assert await first == {"call_id": "node1-1.1"}
    with pytest.raises(OrderTimeout):
        await second
    assert [order.data["call_id"] for order in owner.did] == ["node1-1.1"]


async def test_an_id_that_is_none_is_refused(orders: Orders) -> None:
    with pytest.raises(ValueError, match="request id"):
        await hang_up(orders, request="a b")

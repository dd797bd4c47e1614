"""Database or Redis away, for real: what still works, what is told, and that it comes back by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from crm import Store, Vault
from seats import Offer
from tests.desk.conftest import OpenBrowser, OpenDesk, OwnRedis
from tests.desk.standing import KEY, seed

pytestmark = pytest.mark.usefixtures("redis_clean")


async def test_redis_killed_and_started_again(
    open_desk: OpenDesk, browse: OpenBrowser, own_redis: OwnRedis
) -> None:
    desk = await open_desk(redis=own_redis.url)
    one = await browse(desk, "seat1")
    await desk.call("node1-1.1")
    async with one.events() as stream:
        await stream.next()
        own_redis.kill()
        assert (await stream.until("degraded", 20))["data"] == {"part": "redis"}
        away = await one.post("/seats/1001/sign-in")
        assert away.problem == "redis-away" and away.headers["Retry-After"]
        assert (await one.get("/status")).problem == "redis-away"
        live = (await one.get("/calls?state=live")).body["items"]
        assert [(call["id"], call["state"]) for call in live] == [("node1-1.1", None)]
        assert (await one.get("/tickets")).status == 200
        assert (await (await browse(desk)).login("seat2", "wrong-password")).problem == "login-refused"
        own_redis.start()
        assert (await stream.until("recovered", 20))["data"] == {"part": "redis"}
        assert (await one.post("/seats/1001/sign-in")).status == 200
        assert (await stream.until("seat.changed"))["data"]["seat"] == "1001"


@asynccontextmanager
async def _unreachable(postgres_server: str, postgres_url: str) -> AsyncIterator[None]:
    """This database, and only this one, refuses connections."""
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    admin = await asyncpg.connect(host=postgres_server, user="hotline", database="postgres")
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        yield
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()


async def test_the_database_away_on_postgresql(
    open_desk: OpenDesk, browse: OpenBrowser, postgres_url: str, postgres_server: str, tmp_path: Path
) -> None:
    store = await Store.open(postgres_url, vault=Vault(KEY), state_dir=tmp_path)
    await seed(store)
    await store.close()
    desk = await open_desk(database=postgres_url)
    one, leader, stranger = await browse(desk, "seat1"), await browse(desk, "leader"), await browse(desk)
    assert (await leader.get("/board")).body["groups"][0]["name"] == "通用组"
    number = await desk.call("node1-1.1")
    assert (await one.get(f"/tickets/{number}")).body["place"] == "内蒙古赤峰市"
    await one.post("/seats/1001/sign-in")
    card = {"caller_masked": "139****0001", "place": "内蒙古赤峰市", "line": "12345", "origin": "carrier"}
    await desk.acd.offer(Offer("node1-1.1", "node1", "PJSIP/carrier-1", card=card))
    async with one.events() as stream:
        await stream.next()
        async with _unreachable(postgres_server, postgres_url):
            assert (await stream.until("degraded", 20))["data"] == {"part": "database"}
            # What is in the ledger waits; the hall goes on.
            away = await one.get("/tickets")
            assert away.problem == "database-away" and away.headers["Retry-After"]
            assert (await one.post("/calls/node1-1.1/reveal", {})).status in (403, 503)
            assert (await one.post("/seats/1001/ready")).body["state"] in ("ready", "reserved")
            (live,) = (await one.get("/calls?state=live")).body["items"]
            assert live["caller_masked"] == "139****0001" and live["state"] in ("waiting", "reserved")
            assert (await one.get("/status")).body["degraded"] == ["database"]
            # A break is still possible, and the hall is still in sight, without the day's figures.
            assert "用餐" in str((await one.get("/reasons")).body)
            assert (await one.post("/seats/1001/not-ready", {"reason": "meal"})).body["reason"] == "meal"
            assert (await one.post("/seats/1001/not-ready", {"reason": "no_answer"})).problem == "invalid"
            board, wall = (await leader.get("/board")).body, (await leader.get("/wallboard")).body
            assert board["degraded"] == wall["degraded"] == ["database"]
            assert board["groups"][0]["name"] == "通用组"
            assert board["day"] is wall["day"] is wall["unexplained"] is None
            assert "1001" in {seat["seat"] for seat in board["seats"]} and wall["staffed"] == 1
            assert (await leader.post("/seats/1001/force-ready")).problem == "database-away"  # unaudited
            assert (await one.get("/seats")).body["items"][0]["seat"] == "1001"
            assert (await stranger.login("seat2")).problem == "database-away"
        await stream.until("recovered", 20)
        assert (await one.get("/tickets")).body["items"][0]["no"] == number
        assert (await stranger.login("seat2")).status == 200

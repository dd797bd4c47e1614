"""A desk's scheduled work on real servers: an empty Redis, a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from crm import Store, Vault
from seats import Acd, AcdRules, Clients, connect

KEY = bytes(range(32))
PATIENT = AcdRules(answer_within_s=20)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hotline.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def store(url: str, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(url, vault=Vault(KEY), state_dir=tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def clients(redis_url: str, redis_clean: Redis) -> AsyncIterator[Clients]:
    opened = connect(redis_url, timeout_s=10)
    yield opened
    await opened.close()


@pytest.fixture
def acd(clients: Clients) -> Acd:
    return Acd(clients.call, rules=PATIENT, poll=clients.poll)

"""Everything a handler may reach, put together once by `make_app`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from crm import Store
from hotline_app.desk.board_reader import BoardReader
from hotline_app.desk.config import DeskConfig
from hotline_app.desk.health import Health
from hotline_app.desk.hub import Hub
from hotline_app.desk.metrics import Metrics
from hotline_app.desk.ordering import Ordering
from hotline_app.desk.reasons import Reasons
from hotline_app.desk.sessions import Sessions
from hotline_app.desk.throttle import LoginThrottle
from hotline_app.desk.voice import Speaker
from seats import Acd
from seats.messages import Messages


@dataclass(frozen=True, slots=True)
class Deps:
    config: DeskConfig
    store: Store
    acd: Acd
    redis: Redis
    hub: Hub
    health: Health
    metrics: Metrics
    sessions: Sessions
    throttle: LoginThrottle
    messages: Messages
    reasons: Reasons
    board: BoardReader
    ordering: Ordering
    speak: Speaker
    log: Any

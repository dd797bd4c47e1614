"""Puts the desk together: one application from what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from aiohttp import web
from sqlalchemy import text

from crm import People, Store, StoreUnavailable
from hotline_app.desk import routes
from hotline_app.desk.board_reader import BoardReader
from hotline_app.desk.config import DeskConfig
from hotline_app.desk.deps import Deps
from hotline_app.desk.door import PREFIX, guard, missing, mount
from hotline_app.desk.ending import end
from hotline_app.desk.health import DATABASE, Health, probe
from hotline_app.desk.hub import Hub
from hotline_app.desk.metrics import Metrics
from hotline_app.desk.monitor import Monitor
from hotline_app.desk.openapi import document
from hotline_app.desk.ordering import Ordering
from hotline_app.desk.reasons import Reasons
from hotline_app.desk.sessions import Sessions
from hotline_app.desk.static import Console
from hotline_app.desk.throttle import LoginThrottle
from hotline_app.desk.voice import Speaker, mute
from seats import Acd, Clients
from seats.keys import EVENTS
from seats.messages import Messages
from seats.orders import Orders

DEPS = web.AppKey("deps", Deps)


@dataclass(frozen=True, slots=True)
class Given:
    """What the composition root passes in.  All of it is opened and closed by the root.

    `redis.poll` is used by the hub's reader, `redis.call` by everything else.  `speak`: the voice of notices.
    """

    store: Store
    acd: Acd
    redis: Clients
    config: DeskConfig
    speak: Speaker = mute


def make_app(given: Given) -> web.Application:
    """The application; its background tasks run from start-up to clean-up."""
    config = given.config
    health = Health()
    metrics = Metrics()
    hub = Hub(
        given.redis.poll,
        EVENTS,
        health,
        queue_size=config.socket_queue,
        replay_limit=config.replay_limit,
        gather_s=config.gather_s,
    )
    deps = Deps(
        config=config,
        store=given.store,
        acd=given.acd,
        redis=given.redis.call,
        hub=hub,
        health=health,
        metrics=metrics,
        sessions=Sessions(
            People(given.store, session_s=config.session_s), health, grace_s=config.session_grace_s
        ),
        throttle=LoginThrottle(given.redis.call, tries=config.login_tries, window_s=config.login_window_s),
        messages=Messages(given.redis.call),
        reasons=Reasons(given.store),
        board=BoardReader(given.store, given.acd, given.redis.call, health),
        ordering=Ordering(Orders(given.redis.call, poll=given.redis.poll)),
        speak=given.speak,
        log=structlog.get_logger("desk"),
    )
    health.listen(lambda part, up: hub.tell("recovered" if up else "degraded", {"part": part}))
    app = web.Application(middlewares=[guard(deps)], client_max_size=config.body_limit)
    app[DEPS] = deps
    raw = routes.raw()
    mount(app, deps, routes.ENDPOINTS, raw)
    description = document(routes.ENDPOINTS, raw, PREFIX)
    monitor = Monitor(deps)

    async def openapi(_request: web.Request) -> web.Response:
        return web.json_response(description)

    app.router.add_get(f"{PREFIX}/openapi.json", openapi)
    app.router.add_get("/metrics", monitor.metrics)
    app.router.add_get("/healthz", monitor.healthz)
    app.router.add_route("*", "/api/{path:.*}", missing)
    app.router.add_get("/{path:.*}", Console(config.console).serve)
    app.cleanup_ctx.append(_background)
    return app


async def _background(app: web.Application) -> AsyncIterator[None]:
    deps = app[DEPS]

    async def ask_database() -> None:
        # A database that was away when the desk started has its schema still to come.
        await deps.store.prepare()
        async with deps.store.read() as connection:
            await connection.execute(text("SELECT 1"))

    tasks = [
        asyncio.create_task(deps.hub.run(), name="desk-hub"),
        asyncio.create_task(
            probe(deps.health, DATABASE, ask_database, (StoreUnavailable,), deps.config.probe_s),
            name="desk-probe",
        ),
    ]
    yield
    await end(*tasks)
    for task in tasks:
        if not task.cancelled() and (fault := task.exception()) is not None:
            deps.log.error("desk.background_failed", task=task.get_name(), error=repr(fault))

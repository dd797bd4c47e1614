"""Making a thing once, however often the same request (Idempotency-Key) is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from hotline_app.desk.endpoint import Ask
from hotline_app.desk.idempotency import Once

T = TypeVar("T")


async def made_once(
    ask: Ask[Any, Any],
    make: Callable[[], Awaitable[T]],
    *,
    name: Callable[[T], str],
    read: Callable[[str], Awaitable[T]],
) -> T:
    """What `make` made now, or what the first of these requests made (`read` by its `name`).

    Raises the problems of Once, and whatever `make` raises: then the key is free again."""
    key = ask.request.headers.get("Idempotency-Key")
    route = ask.request.match_info.route.resource
    body = f"{route.canonical if route else ''}\n{ask.body.model_dump_json()}"
    once = await Once.begin(ask.deps.redis, ask.who.name, key, body)
    if once.result is not None:
        return await read(once.result)
    try:
        made = await make()
    except BaseException:
        await once.give_up()
        raise
    await once.finish(name(made))
    return made

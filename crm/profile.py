"""What is known of a caller while the call is being routed: one statement, in time or not at all."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from crm import audit
from crm.errors import FieldInvalid, RowNotFound, StoreUnavailable
from crm.models import Call, Caller, Restriction
from crm.store import Store
from crm.types import MISSED, now_ms

FLAGS = {"elder": "65岁以上", "disabled": "残疾人", "repeat": "重复来电", "interpreter": "需要翻译"}
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Profile:
    """`known`: this number has called before.  `timely`: False when the database did not answer in time, and
    everything else is therefore empty.  `restriction`: "block", "throttle" or None, until `restricted_until`.
    `missed_24h`: calls of the last 24 h that ended unserved."""

    known: bool = False
    timely: bool = True
    flags: tuple[str, ...] = ()
    language: str | None = None
    last_seat: str | None = None
    last_answered_at: int | None = None
    restriction: str | None = None
    restricted_until: int | None = None
    missed_24h: int = 0


async def read(
    store: Store, caller_key: str | None, *, timeout_s: float = 0.15, at: int | None = None
) -> Profile:
    """Never raises over a database: what cannot be read in time is an empty profile with `timely` False.

    A caller without a number (None) is an empty profile."""
    if caller_key is None:
        return Profile()
    moment = now_ms() if at is None else at
    asked = asyncio.ensure_future(_read(store, caller_key, moment))
    try:
        # Not asyncio.timeout: a driver may swallow that cancellation, and the caller must not wait for it.
        await asyncio.wait((asked,), timeout=timeout_s)
    finally:
        if not asked.done():
            asked.add_done_callback(_let_go)
            asked.cancel()
    if not asked.done():
        return Profile(timely=False)
    try:
        return asked.result()
    except (StoreUnavailable, SQLAlchemyError):
        return Profile(timely=False)


def _let_go(asked: asyncio.Future[Profile]) -> None:
    # Nobody waits any more; asked for, so that the loop does not report it as never retrieved.
    if not asked.cancelled():
        asked.exception()


async def _read(store: Store, caller_key: str, at: int) -> Profile:
    async with store.read() as connection:
        row = (await connection.execute(_statement(caller_key, at))).first()
    if row is None:
        return Profile()
    return Profile(
        known=True,
        flags=tuple(json.loads(row.flags or "[]")),
        language=row.language,
        last_seat=row.last_seat,
        last_answered_at=row.answered_at,
        restriction=row.kind,
        restricted_until=row.until,
        missed_24h=row.missed,
    )


def _statement(caller_key: str, at: int) -> Select[Any]:
    missed = (
        select(func.count())
        .where(
            Call.caller_key == Caller.key,
            # A call that ended in the last day may have arrived before it; two days hold every one.
            Call.arrived_at >= at - 2 * _DAY_MS,
            Call.outcome.in_(sorted(MISSED)),
            Call.ended_at >= at - _DAY_MS,
        )
        .scalar_subquery()
    )
    works = and_(Restriction.caller_key == Caller.key, Restriction.state == "active", Restriction.until > at)
    return (
        select(
            Caller.flags,
            Caller.language,
            Caller.last_seat,
            Caller.answered_at,
            Restriction.kind,
            Restriction.until,
            missed.label("missed"),
        )
        .outerjoin_from(Caller, Restriction, works)
        .where(Caller.key == caller_key)
        .order_by(Restriction.kind, Restriction.until.desc())  # the strictest, then the longest
        .limit(1)
    )


async def key_of(store: Store, call_id: str) -> str:
    """The caller key of a call.  Raises RowNotFound when there is none, or its number is withheld."""
    async with store.read() as connection:
        key = await connection.scalar(select(Call.caller_key).where(Call.call_id == call_id))
    if key is None:
        raise RowNotFound("这通电话没有可识别的号码", field="call_id", value=call_id[:150])
    return str(key)


async def remember(
    store: Store,
    caller_key: str,
    *,
    actor: str,
    flags: Collection[str] | None = None,
    language: str | None = None,
) -> None:
    """Note a caller's flags (all of them anew) or language.  Audited.  Raises FieldInvalid, RowNotFound."""
    values: dict[str, Any] = {}
    if flags is not None:
        strange = sorted(set(flags) - FLAGS.keys())
        if strange:
            raise FieldInvalid(
                f"来电人标记只能是：{'、'.join(FLAGS)}", field="flags", value="、".join(strange)[:80]
            )
        values["flags"] = json.dumps(sorted(set(flags)))
    if language is not None:
        if not 1 <= len(language) <= 16:
            raise FieldInvalid("“语种”应为 1 至 16 个字符", field="language", value=language[:40])
        values |= {"language": language, "language_at": now_ms()}
    if not values:
        return
    async with store.write() as connection:
        changed = await connection.execute(update(Caller).where(Caller.key == caller_key).values(**values))
        if not changed.rowcount:
            raise RowNotFound("没有这位来电人的记录", field="caller_key", value=caller_key[:40])
        await audit.note_within(
            connection,
            actor,
            "caller.remember",
            caller_key,
            {"flags": values.get("flags"), "language": language},
        )

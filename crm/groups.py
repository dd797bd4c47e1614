"""Skill groups: the queues and their rules, as data.  Every edit is audited."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import audit
from crm.checks import Form, same_version
from crm.errors import FieldInvalid, RowNotFound
from crm.models import SkillGroup
from crm.store import Store

STRATEGIES = ("longest_idle", "least_calls", "least_talk", "highest_skill")
RULES = ("overflow", "voicemail", "callback", "wait")
LABELS = {
    "name": "名称",
    "strategy": "分配策略",
    "capacity": "排队上限",
    "overflow_group": "溢出到",
    "overflow_after_s": "溢出等待秒数",
    "hours": "服务时间",
    "empty_rule": "无人签入时",
    "full_rule": "排队已满时",
    "wrap_up_s": "话后整理秒数",
    "wrap_up_extension_s": "整理延长秒数",
    "service_s": "应答目标秒数",
    "announce_every_s": "安抚提示间隔秒数",
    "callback_after_s": "提供回拨的等待秒数",
    "active": "启用",
}
_CODE = re.compile(r"^[a-z0-9][a-z0-9_-]{0,31}$")
_TIME = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """One group.  Times in seconds.

    `capacity` None: no limit; `wrap_up_s` None: the house's default; `overflow_after_s`, `callback_after_s`
    None: never.  `hours`: "always", "office" or the JSON that `spans` reads.
    """

    code: str
    name: str
    strategy: str
    capacity: int | None
    overflow_group: str | None
    overflow_after_s: int | None
    hours: str
    empty_rule: str
    full_rule: str
    wrap_up_s: int | None
    wrap_up_extension_s: int
    service_s: int
    announce_every_s: int
    callback_after_s: int | None
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Span:
    """Open on these ISO weekdays (1 Monday … 7 Sunday) from `start` to `end`, "HH:MM" in China."""

    days: tuple[int, ...]
    start: str
    end: str


_COLUMNS = tuple(getattr(SkillGroup, field.name) for field in fields(GroupInfo))
_FRESH: dict[str, Any] = {
    "strategy": "longest_idle", "capacity": None, "overflow_group": None, "overflow_after_s": None,
    "hours": "always", "empty_rule": "callback", "full_rule": "callback", "wrap_up_s": None,
    "wrap_up_extension_s": 60, "service_s": 15, "announce_every_s": 30, "callback_after_s": 60,
    "active": True,
}  # fmt: skip


async def groups(store: Store, *, active_only: bool = False) -> list[GroupInfo]:
    """All groups by code.  Raises StoreUnavailable."""
    query = select(*_COLUMNS).order_by(SkillGroup.code)
    if active_only:
        query = query.where(SkillGroup.active)
    async with store.read() as connection:
        return [GroupInfo(*row) for row in await connection.execute(query)]


async def get(store: Store, code: str) -> GroupInfo:
    """Raises RowNotFound."""
    async with store.read() as connection:
        return await _get(connection, code)


async def put(
    store: Store, code: str, form: Mapping[str, Any], *, version: int | None, actor: str
) -> GroupInfo:
    """Make a group (`version` None) or change the fields given of one that stands.

    Raises FieldInvalid, RowNotFound, VersionConflict."""
    if not _CODE.match(code):
        raise FieldInvalid(
            "技能组代码只能用小写字母、数字、“-”、“_”，最多 32 位", field="code", value=code[:40]
        )
    async with store.write() as connection:
        known = set(await connection.scalars(select(SkillGroup.code)))
        values = checked(form, known - {code})
        if version is None:
            if code in known:
                raise FieldInvalid(f"技能组 {code} 已存在", field="code", value=code, remedy="请换一个代码")
            if "name" not in values:
                raise FieldInvalid("请填写技能组的“名称”", field="name")
            await connection.execute(insert(SkillGroup), {"code": code, **_FRESH, **values, "version": 1})
        else:
            before = await _get(connection, code)
            same_version(f"技能组 {code} ", before.version, version)
            _still_general(code, values)
            await connection.execute(
                update(SkillGroup).where(SkillGroup.code == code).values(**values, version=version + 1)
            )
        after = await _get(connection, code)
        await audit.note_within(connection, actor, "group.put", code, asdict(after))
        return after


def checked(form: Mapping[str, Any], others: Collection[str]) -> dict[str, Any]:
    """The form's values.  `others`: groups a call may overflow to.  Raises FieldInvalid."""
    told = Form(form, LABELS)
    told.text("name", 64)
    told.one_of("strategy", STRATEGIES)
    told.whole("capacity", 0, 100_000, none=True)
    told.one_of("overflow_group", others, none=True)
    told.whole("overflow_after_s", 0, 3600, none=True)
    told.one_of("empty_rule", RULES)
    told.one_of("full_rule", RULES)
    told.whole("wrap_up_s", 0, 3600, none=True)
    told.whole("wrap_up_extension_s", 0, 3600)
    told.whole("service_s", 1, 600)
    told.whole("announce_every_s", 5, 600)
    told.whole("callback_after_s", 0, 3600, none=True)
    told.truth("active")
    if "hours" in told.values:
        try:
            spans(told.values["hours"])
        except (ValueError, KeyError, TypeError) as error:
            raise told.wrong("hours", "应为 always、office，或按星期列出的起止时间") from error
    return told.values


def spans(hours: str) -> tuple[Span, ...] | None:
    """The opening times of `hours`; None for "always" and "office", which the calendar decides.

    Raises ValueError, KeyError or TypeError for anything else than what `put` lets in.
    """
    if hours in ("always", "office"):
        return None
    found = tuple(
        Span(tuple(int(day) for day in one["days"]), str(one["from"]), str(one["to"]))
        for one in json.loads(hours)
    )
    for span in found:
        right = _TIME.match(span.start) and _TIME.match(span.end) and span.start < span.end
        if not right or not span.days or not set(span.days) <= set(range(1, 8)):
            raise ValueError("not an opening time")
    if not found:
        raise ValueError("never open")
    return found


def _still_general(code: str, values: Mapping[str, Any]) -> None:
    if code == "general" and values.get("active") is False:
        raise FieldInvalid(
            "通用组是所有来电的去处，不能停用",
            field="active",
            value="false",
            remedy="请改用服务时间或溢出规则",
        )


async def _get(connection: AsyncConnection, code: str) -> GroupInfo:
    row = (await connection.execute(select(*_COLUMNS).where(SkillGroup.code == code))).first()
    if row is None:
        raise RowNotFound(f"没有代码为 {code[:40]} 的技能组", field="code", value=code[:40])
    return GroupInfo(*row)

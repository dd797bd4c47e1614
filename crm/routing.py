"""Routing rules: which groups a call waits for, by line, origin, region and language.  Edits are audited."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import audit
from crm.checks import Form, same_version
from crm.errors import FieldInvalid, RowNotFound
from crm.models import RoutingRule, SkillGroup
from crm.store import Store
from crm.types import Origin

LABELS = {
    "position": "顺序",
    "line": "拨打号码",
    "origin": "来源",
    "region": "旗县区",
    "language": "语种",
    "groups": "技能组",
    "priority": "优先级",
    "active": "启用",
}
_MOST_GROUPS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """From `after_s` seconds of waiting on, the call waits for this group too."""

    group: str
    after_s: int


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """None in `line`, `origin`, `region`, `language` fits every call.  `priority`: 0 first … 9 last."""

    id: int
    position: int
    line: str | None
    origin: str | None
    region: str | None
    language: str | None
    groups: tuple[Step, ...]
    priority: int
    active: bool
    version: int


_COLUMNS = (
    RoutingRule.id,
    RoutingRule.position,
    RoutingRule.line,
    RoutingRule.origin,
    RoutingRule.region,
    RoutingRule.language,
    RoutingRule.groups,
    RoutingRule.priority,
    RoutingRule.active,
    RoutingRule.version,
)


async def rules(store: Store, *, active_only: bool = False) -> list[RuleInfo]:
    """All rules in the order in which they are tried.  Raises StoreUnavailable."""
    query = select(*_COLUMNS).order_by(RoutingRule.position, RoutingRule.id)
    if active_only:
        query = query.where(RoutingRule.active)
    async with store.read() as connection:
        return [_info(row) for row in await connection.execute(query)]


def choose(
    rules: Iterable[RuleInfo], *, line: str, origin: str, region: str | None, language: str | None
) -> RuleInfo | None:
    """The first active rule that fits; None when none does (the house then asks the general group)."""
    for rule in rules:
        fits = (
            rule.active
            and rule.line in (None, line)
            and rule.origin in (None, origin)
            and rule.region in (None, region)
            and rule.language in (None, language)
        )
        if fits:
            return rule
    return None


async def put(
    store: Store, rule_id: int | None, form: Mapping[str, Any], *, version: int | None, actor: str
) -> RuleInfo:
    """Make a rule (`rule_id` None; `position` and `groups` are needed) or change the fields given of one.

    `groups`: [{"group": code, "after_s": seconds}, …].  Raises FieldInvalid, RowNotFound, VersionConflict."""
    async with store.write() as connection:
        values = checked(form, set(await connection.scalars(select(SkillGroup.code))))
        if rule_id is None:
            for name in ("position", "groups"):
                if name not in values:
                    raise FieldInvalid(f"请填写“{LABELS[name]}”", field=name)
            fresh = {
                "line": None, "origin": None, "region": None, "language": None, "priority": 5,
                "active": True, **values, "version": 1,
            }  # fmt: skip
            made = await connection.execute(insert(RoutingRule).values(**fresh).returning(RoutingRule.id))
            rule_id = int(made.scalar_one())
        else:
            before = await _get(connection, rule_id)
            same_version(f"路由规则 {rule_id} ", before.version, version or 0)
            await connection.execute(
                update(RoutingRule)
                .where(RoutingRule.id == rule_id)
                .values(**values, version=before.version + 1)
            )
        after = await _get(connection, rule_id)
        await audit.note_within(connection, actor, "rule.put", str(rule_id), asdict(after))
        return after


async def remove(store: Store, rule_id: int, *, version: int, actor: str) -> None:
    """Raises RowNotFound, VersionConflict."""
    async with store.write() as connection:
        before = await _get(connection, rule_id)
        same_version(f"路由规则 {rule_id} ", before.version, version)
        await connection.execute(delete(RoutingRule).where(RoutingRule.id == rule_id))
        await audit.note_within(connection, actor, "rule.remove", str(rule_id), asdict(before))


def checked(form: Mapping[str, Any], known_groups: Collection[str]) -> dict[str, Any]:
    """The form's values, `groups` as JSON text.  Raises FieldInvalid."""
    told = Form(form, LABELS)
    told.whole("position", 0, 1_000_000)
    told.one_of("origin", tuple(Origin), none=True)
    for name, longest in (("line", 32), ("region", 12), ("language", 16)):
        if told.values.get(name) is not None:
            told.text(name, longest)
    told.whole("priority", 0, 9)
    told.truth("active")
    if "groups" in told.values:
        told.values["groups"] = _steps_checked(told, known_groups)
    return told.values


def _steps_checked(told: Form, known_groups: Collection[str]) -> str:
    steps = told.values["groups"]
    if not isinstance(steps, list | tuple) or not 1 <= len(steps) <= _MOST_GROUPS:
        raise told.wrong("groups", f"应列出 1 至 {_MOST_GROUPS} 个技能组")
    kept: list[dict[str, Any]] = []
    for step in steps:
        group, after_s = (step.get("group"), step.get("after_s", 0)) if isinstance(step, Mapping) else ("", 0)
        if group not in known_groups:
            raise told.wrong("groups", f"中没有技能组 {str(group)[:40]}，请先建立")
        if not isinstance(after_s, int) or isinstance(after_s, bool) or not 0 <= after_s <= 3600:
            raise told.wrong("groups", "的等待秒数应为 0 至 3600")
        kept.append({"group": group, "after_s": after_s})
    if kept[0]["after_s"] != 0 or len({step["group"] for step in kept}) != len(kept):
        raise told.wrong("groups", "第一组应立即等待（0 秒），且不能重复")
    return json.dumps(kept)


async def _get(connection: AsyncConnection, rule_id: int) -> RuleInfo:
    row = (await connection.execute(select(*_COLUMNS).where(RoutingRule.id == rule_id))).first()
    if row is None:
        raise RowNotFound(f"没有编号为 {rule_id} 的路由规则", field="id", value=str(rule_id))
    return _info(row)


def _info(row: Any) -> RuleInfo:
    steps = tuple(Step(step["group"], step["after_s"]) for step in json.loads(row.groups))
    return RuleInfo(
        id=row.id,
        position=row.position,
        line=row.line,
        origin=row.origin,
        region=row.region,
        language=row.language,
        groups=steps,
        priority=row.priority,
        active=row.active,
        version=row.version,
    )

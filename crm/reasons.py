"""Not-ready reasons: why a seat takes no calls, and whether that time counts as work.  Edits are audited."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm import audit, seed
from crm.checks import Form, same_version
from crm.errors import FieldInvalid, RowNotFound
from crm.models import NotReadyReason
from crm.store import Store

LABELS = {
    "name": "名称",
    "productive": "计入工作",
    "selectable": "可选",
    "position": "顺序",
    "active": "启用",
}
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
# What the ACD sets by itself: a person never chooses these, and they cannot be taken away.
SYSTEM = frozenset(row["code"] for row in seed.reasons() if not row["selectable"])


@dataclass(frozen=True, slots=True)
class ReasonInfo:
    """`productive`: counts as work in occupancy and adherence.  `selectable`: a seat may choose it."""

    code: str
    name: str
    productive: bool
    selectable: bool
    position: int
    active: bool
    version: int


_COLUMNS = tuple(getattr(NotReadyReason, field.name) for field in fields(ReasonInfo))


async def reasons(store: Store, *, active_only: bool = False) -> list[ReasonInfo]:
    """In the order in which they are shown.  Raises StoreUnavailable."""
    query = select(*_COLUMNS).order_by(NotReadyReason.position, NotReadyReason.code)
    if active_only:
        query = query.where(NotReadyReason.active)
    async with store.read() as connection:
        return [ReasonInfo(*row) for row in await connection.execute(query)]


async def put(
    store: Store, code: str, form: Mapping[str, Any], *, version: int | None, actor: str
) -> ReasonInfo:
    """Make a reason (`version` None) or change the fields given of one that stands.

    Raises FieldInvalid, RowNotFound, VersionConflict."""
    if not _CODE.match(code):
        raise FieldInvalid("原因代码只能用小写字母、数字、“_”，最多 32 位", field="code", value=code[:40])
    values = _checked(code, form)
    async with store.write() as connection:
        found = (await connection.execute(select(*_COLUMNS).where(NotReadyReason.code == code))).first()
        if version is None:
            if found is not None:
                raise FieldInvalid(f"原因 {code} 已存在", field="code", value=code, remedy="请换一个代码")
            if "name" not in values:
                raise FieldInvalid("请填写原因的“名称”", field="name")
            fresh = {"productive": False, "selectable": True, "position": 100, "active": True}
            await connection.execute(insert(NotReadyReason), {"code": code, **fresh, **values, "version": 1})
        else:
            before = await _get(connection, code)
            same_version(f"示忙原因 {code} ", before.version, version)
            await connection.execute(
                update(NotReadyReason)
                .where(NotReadyReason.code == code)
                .values(**values, version=version + 1)
            )
        after = await _get(connection, code)
        await audit.note_within(connection, actor, "reason.put", code, asdict(after))
        return after


def _checked(code: str, form: Mapping[str, Any]) -> dict[str, Any]:
    told = Form(form, LABELS)
    told.text("name", 32)
    told.truth("productive")
    told.truth("selectable")
    told.whole("position", 0, 10_000)
    told.truth("active")
    if code in SYSTEM and (told.values.get("selectable") or told.values.get("active") is False):
        raise told.wrong("selectable", f"不能修改：{code} 由系统自动设置，只能改名称、顺序和是否计入工作")
    return told.values


async def _get(connection: AsyncConnection, code: str) -> ReasonInfo:
    row = (await connection.execute(select(*_COLUMNS).where(NotReadyReason.code == code))).first()
    if row is None:
        raise RowNotFound(f"没有代码为 {code[:40]} 的示忙原因", field="code", value=code[:40])
    return ReasonInfo(*row)

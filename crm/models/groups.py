"""How calls find a seat, as data: skill groups, routing rules, not-ready reasons."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import COUNTED, Base


class SkillGroup(Base):
    """One queue and its rules.  Times in seconds; None: the house's default, or never."""

    __tablename__ = "skill_groups"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    strategy: Mapped[str]
    capacity: Mapped[int | None]
    overflow_group: Mapped[str | None]
    overflow_after_s: Mapped[int | None]
    hours: Mapped[str]
    """`always`, `office`, or JSON: [{"days": [1…7], "from": "08:30", "to": "17:30"}]."""
    empty_rule: Mapped[str]
    full_rule: Mapped[str]
    wrap_up_s: Mapped[int | None]
    wrap_up_extension_s: Mapped[int]
    service_s: Mapped[int]
    announce_every_s: Mapped[int]
    callback_after_s: Mapped[int | None]
    active: Mapped[bool]
    version: Mapped[int]


class RoutingRule(Base):
    """The first active rule that fits a call, by `position`, says which groups it waits for.

    None in `line`, `origin`, `region` or `language` fits every call.  `groups` is JSON:
    [{"group": code, "after_s": 0}, …], in order of preference.
    """

    __tablename__ = "routing_rules"
    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    position: Mapped[int]
    line: Mapped[str | None]
    origin: Mapped[str | None]
    region: Mapped[str | None]
    language: Mapped[str | None]
    groups: Mapped[str]
    priority: Mapped[int]
    active: Mapped[bool]
    version: Mapped[int]
    __table_args__ = (Index("ix_routing_rules_order", "position", "id"),)


class NotReadyReason(Base):
    """Why a seat takes no calls.  `productive` time counts as work; others set it only if `selectable`."""

    __tablename__ = "not_ready_reasons"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    productive: Mapped[bool]
    selectable: Mapped[bool]
    position: Mapped[int]
    active: Mapped[bool]
    version: Mapped[int]

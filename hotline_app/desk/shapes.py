"""The JSON of calls and tickets, as the API gives it out.  `…_at` is ISO 8601, `…_ms` epoch milliseconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

import crm
from hotline_app.desk.endpoint import Form
from hotline_app.desk.moments import Moment, spelled

FieldName = Literal["经济调节", "市场监管", "社会管理", "公共服务", "生态环境保护", "其他"]
Kind = Literal["咨询", "求助", "投诉", "举报", "意见建议"]
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, Field(max_length=400)]
When = Annotated[AwareDatetime, BeforeValidator(spelled)]
LineNumber = Annotated[str, Field(pattern=r"^[0-9]{3,20}$")]


class Shape(BaseModel):
    """Read from rows and dataclasses; written as JSON."""

    model_config = ConfigDict(from_attributes=True)


class TicketRow(Shape):
    no: str
    call_id: str | None
    state: str
    source: str
    kind: str | None
    field: str | None
    title: str
    caller_masked: str
    place: str
    line: str
    line_name: str
    department: str
    urgent: bool
    confidential: bool
    created_at: Moment
    created_by: str


class TicketOut(TicketRow):
    caller_name: str
    region_code: str | None
    address: str
    content: str
    language: str | None
    registered_at: Moment | None
    version: int


def listed(row: crm.TicketRow) -> TicketRow:
    """A ticket in a list.  What a confidential one is about shows only when opened, which is audited."""
    shown = TicketRow.model_validate(row)
    return shown.model_copy(update={"title": "保密工单"}) if row.confidential else shown


class CallRow(Shape):
    id: str
    node: str
    caller_masked: str
    place: str
    line: str
    line_name: str
    department: str
    origin: str
    language: str | None
    arrived_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    outcome: str | None
    seat: str | None
    ticket_no: str | None
    state: str | None = Field(default=None, description="仅进行中的通话：waiting reserved ringing talking")
    waiting_since_ms: int | None = None


class MarkOut(Shape):
    kind: str
    at: Moment
    seat: str | None
    key: str
    data: dict[str, Any]


class LegOut(Shape):
    leg_id: str
    role: str
    seat: str | None
    started_at: Moment | None
    answered_at: Moment | None
    ended_at: Moment | None
    cause: int | None


class RecordingLinks(Shape):
    caller: str
    seat: str


class CallDetail(CallRow):
    cause: int | None
    marks: list[MarkOut]
    legs: list[LegOut]
    recording: RecordingLinks | None
    ticket: TicketOut | None
    history: list[TicketRow] = Field(description="同一来电人以往的工单，新的在前")


class CallPage(Shape):
    items: list[CallRow]
    next_cursor: str | None


class TicketPage(Shape):
    items: list[TicketRow]
    next_cursor: str | None


class TicketFields(Form):
    """What a seat fills in; absent fields stay as they are."""

    caller_name: Annotated[str, Field(max_length=64)] | None = None
    region_code: Annotated[str, Field(pattern=r"^([0-9]{6})?$")] | None = None
    address: Annotated[str, Field(max_length=300)] | None = None
    field: FieldName | Literal[""] | None = None
    kind: Kind | Literal[""] | None = None
    title: Annotated[str, Field(max_length=200)] | None = None
    content: Annotated[str, Field(max_length=20_000)] | None = None
    urgent: bool | None = None
    confidential: bool | None = None
    language: Annotated[str, Field(max_length=16)] | None = None


class NewTicket(TicketFields):
    """A ticket that did not come from a call (a visitor, a letter)."""

    source: Literal["desk", "letter", "visit", "web", "wechat"] = "desk"

"""The JSON of the live board and of the wallboard.  `…_ms` epoch ms, `…_s` seconds, rates 0 to 1."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hotline_app.desk.hall_shapes import SeatOut
from hotline_app.desk.shapes import Shape

Rate = Annotated[float | None, Field(ge=0, le=1, description="0 至 1;没有可计的通话时为空")]


class DayOut(Shape):
    """One day so far, by Beijing's calendar, of the calls that arrived in it (definitions: DOMAIN.md §2)."""

    offered: int = Field(description="进入排队")
    answered: int = Field(description="已接听")
    abandoned: int = Field(description="排队中放弃，含短放弃")
    answer_rate: Rate = Field(description="接通率：已接听 ÷ 进入排队")
    in_time_rate: Rate = Field(description="及时接听率：目标秒数内接听 ÷ 全部已接听")


class GroupBoard(BaseModel):
    code: str
    name: str
    waiting: int
    callbacks: int = Field(description="保留位置等回拨")
    longest_since_ms: int | None
    expected_s: int | None = Field(description="新来电预计等待；最近十分钟没有接听时为空")
    staffed: int = Field(description="已签入坐席，不论状态")
    seats: dict[str, int] = Field(description="各状态的坐席数")
    service_s: int = Field(description="应答目标秒数")
    day: DayOut | None = Field(description="今日；数据库不可用时为空")


class CallBrief(BaseModel):
    """A call as the hall knows it; the number is masked."""

    call_id: str
    kind: str = Field(description="call callback outgoing")
    state: str
    caller_masked: str
    place: str
    line: str
    line_name: str
    origin: str
    language: str
    groups: list[str]
    priority: int
    since_ms: int = Field(description="开始等待")
    changed_ms: int = Field(description="进入当前状态")
    seat: str | None


class SeatBoard(SeatOut):
    call: CallBrief | None


class AlarmOut(BaseModel):
    id: str
    kind: str
    object: str
    level: Literal["warn", "bad"]
    raised_ms: int
    text: str


class GhostOut(Shape):
    """A contradiction between what is recorded and what the phones say, standing now."""

    kind: str
    seat: str | None
    call_id: str | None
    since_ms: int


class BoardOut(BaseModel):
    at_ms: int
    groups: list[GroupBoard]
    waiting: list[CallBrief] = Field(description="等待最久的在前，至多 200 条")
    waiting_total: int
    seats: list[SeatBoard]
    alarms: list[AlarmOut]
    ghosts: list[GhostOut]
    day: DayOut | None
    degraded: list[str]


class WallGroup(BaseModel):
    code: str
    name: str
    waiting: int
    longest_since_ms: int | None
    staffed: int
    ready: int
    answer_rate: Rate


class WallOut(BaseModel):
    """The big screen: figures only.  No caller, no number, no seat's or person's name."""

    at_ms: int
    waiting: int
    callbacks: int
    longest_since_ms: int | None
    seats: dict[str, int]
    staffed: int
    groups: list[WallGroup]
    day: DayOut | None
    unexplained: int | None = Field(description="已结束却没有结果的通话；应为 0")
    alarms: list[AlarmOut]
    degraded: list[str]

"""The JSON of the hall: seats, live calls, groups.  The API and the event stream give out the same shapes."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from hotline_app.desk.endpoint import Form
from hotline_app.desk.shapes import Shape
from seats import CallState, CallView, SeatState, SeatView


class SeatOut(Shape):
    seat: str
    name: str
    user: str
    state: SeatState
    reason: str
    after: str = Field(description="通话结束后生效的示忙原因")
    since_ms: int
    wrap_up_until_ms: int | None
    may_extend: bool = Field(description="这次话后整理还可以延长一次")
    call_id: str | None
    fence: int | None
    kind: str | None = Field(description="手中的通话：call callback outgoing")
    registered: bool | None
    node: str = Field(description="话机注册在哪个节点")
    has_screen: bool
    device: str
    engaged: bool = Field(description="示闲，但话机正在使用，因而不派给来电")
    supervised_by: str
    supervision: str = Field(description="listen whisper barge；空：无人监听")
    leaving_by: str = Field(description="谁下令通话结束后签出")
    calls_today: int
    talk_ms_today: int
    groups: dict[str, int]
    languages: list[str]

    @classmethod
    def of(cls, view: SeatView) -> SeatOut:
        return cls.model_validate(view)


class LiveCallOut(Shape):
    call_id: str
    node: str
    state: CallState
    seat: str | None
    groups: list[str]
    priority: int
    since_ms: int = Field(description="开始等待的时刻")
    changed_ms: int

    @classmethod
    def of(cls, view: CallView) -> LiveCallOut:
        return cls.model_validate(view)


class SeatList(BaseModel):
    items: list[SeatOut]


class GroupOut(BaseModel):
    name: str
    waiting: int
    longest_wait_s: int
    seats: dict[str, int] = Field(description="各状态的坐席数")


class GroupList(BaseModel):
    items: list[GroupOut]


class Choice(BaseModel):
    code: str
    name: str
    selectable: bool = True


class ChoiceList(BaseModel):
    items: list[Choice]


class NotReady(Form):
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")] = Field(
        description="GET /reasons 中可选的一项"
    )


class NodeOut(BaseModel):
    name: str
    live_calls: int


class StatusOut(BaseModel):
    degraded: list[str] = Field(description="暂时不可用的部件：database redis")
    nodes: list[NodeOut]
    seats: dict[str, int]
    groups: list[GroupOut]
    live_calls: int
    event_sockets: int
    unexplained: int | None = Field(description="已结束却没有结果的通话；应为 0;数据库不可用时为空")

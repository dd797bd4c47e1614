"""Messages of a shift leader to seats: to one, to a group, to all who are signed in."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from crm import audit
from hotline_app.desk.endpoint import AnyEndpoint, Ask, Endpoint, Form, Nothing
from hotline_app.desk.own import own
from hotline_app.desk.people import Done
from hotline_app.desk.problems import Problem
from hotline_app.desk.roles import LEADERS, SEATED
from hotline_app.logs import mask
from seats import SeatState
from seats.messages import Message

_TAG = "班长"
Text = Annotated[str, Field(min_length=1, max_length=300)]


class MessageForm(Form):
    text: Text


class Broadcast(Form):
    """Without a group everybody who is signed in."""

    text: Text
    group: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")] | None = None


class MessageOut(BaseModel):
    """As in the event "message"."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: str
    sender: str = Field(alias="from")
    text: str
    at: int = Field(description="发出时刻，毫秒")
    to: str = Field(description="分机；空：不止一个坐席")
    group: str = Field(description="技能组代码；空：不限组")

    @classmethod
    def of(cls, message: Message) -> MessageOut:
        return cls.model_validate(message.as_json())


class MessageList(BaseModel):
    items: list[MessageOut]


class Said(BaseModel):
    message: MessageOut
    seats: int = Field(description="发给了几个坐席")


async def message_to_seat(ask: Ask[MessageForm, Nothing]) -> Said:
    """Also to a seat at which nobody sits: whoever signs in within the shift reads it."""
    ext, text = ask.path("ext"), ask.body.text
    return await _say(ask, [ext], text, target=ext, to=ext)


async def message_to_many(ask: Ask[Broadcast, Nothing]) -> Said:
    group = ask.body.group or ""
    seats = [
        view.seat
        for view in await ask.deps.acd.seats()
        if view.state is not SeatState.SIGNED_OUT and (not group or group in view.groups)
    ]
    if not seats:
        raise Problem(
            "conflict", "现在没有已签入的坐席可以收到", field="group", remedy="请稍后再发，或改发全部坐席"
        )
    return await _say(ask, seats, ask.body.text, target=group or "all", group=group)


async def _say(
    ask: Ask[MessageForm, Nothing] | Ask[Broadcast, Nothing],
    seats: list[str],
    text: str,
    *,
    target: str,
    to: str = "",
    group: str = "",
) -> Said:
    who = ask.who
    await audit.note(
        ask.deps.store, who.name, "seat.message", target, {"text": mask(text), "seats": len(seats)}
    )
    message = await ask.deps.messages.say(seats, text, sender=who.name, to=to, group=group)
    return Said(message=MessageOut.of(message), seats=len(seats))


async def unread_messages(ask: Ask[Nothing, Nothing]) -> MessageList:
    ext = ask.path("ext")
    own(ask.who, ext)
    return MessageList(items=[MessageOut.of(found) for found in await ask.deps.messages.unread(ext)])


async def read_message(ask: Ask[Nothing, Nothing]) -> Done:
    """Safe to repeat."""
    ext = ask.path("ext")
    own(ask.who, ext)
    await ask.deps.messages.read(ext, ask.path("message"))
    return Done()


ENDPOINTS: list[AnyEndpoint] = [
    Endpoint(
        "POST",
        "/seats/{ext}/message",
        "给一个坐席发消息",
        message_to_seat,
        Said,
        LEADERS,
        body=MessageForm,
        errors=("redis-away",),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/messages",
        "给全部坐席或一个技能组发消息",
        message_to_many,
        Said,
        LEADERS,
        body=Broadcast,
        errors=("conflict", "redis-away"),
        tag=_TAG,
    ),
    Endpoint(
        "GET",
        "/seats/{ext}/messages",
        "我的未读消息",
        unread_messages,
        MessageList,
        SEATED,
        errors=("redis-away",),
        tag=_TAG,
    ),
    Endpoint(
        "POST",
        "/seats/{ext}/messages/{message}/read",
        "消息已读",
        read_message,
        Done,
        SEATED,
        errors=("redis-away",),
        tag=_TAG,
    ),
]

"""Originate: makes a call. Always asynchronous; its end is the event OriginateResponse."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..errors import BadHeader
from .base import Action

# Asterisk splits a `Variable:` header on commas and takes quotes and backslashes out of it.
_SPLITS = frozenset(',"\\')


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate(Action):
    """`channel_id`: chosen by us (globally unique), so the events are ours before the reply comes.

    Where to: either context, exten, priority or application, data. `timeout_s`: ringing time.
    Raises BadHeader (when sent) for a variable's value with a comma, quote or backslash.
    """

    name: ClassVar[str] = "Originate"

    channel: str
    channel_id: str
    context: str = ""
    exten: str = ""
    priority: int = 1
    application: str = ""
    data: str = ""
    timeout_s: float = 30.0
    caller_id: str = field(default="", repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    other_channel_id: str = ""
    early_media: bool = False

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "ChannelId", self.channel_id
        if self.other_channel_id:
            yield "OtherChannelId", self.other_channel_id
        if self.application:
            yield "Application", self.application
            yield "Data", self.data
        else:
            yield "Context", self.context
            yield "Exten", self.exten
            yield "Priority", str(self.priority)
        yield "Timeout", str(round(self.timeout_s * 1000))
        if self.caller_id:
            yield "CallerID", self.caller_id
        if self.early_media:
            yield "EarlyMedia", "true"
        for variable, value in self.variables.items():
            if _SPLITS & set(value):
                raise BadHeader(f"variable {variable!r}: comma, quote or backslash; use Setvar")
            yield "Variable", f"{variable}={value}"
        yield "Async", "true"

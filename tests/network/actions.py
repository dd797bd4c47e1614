"""AMI actions that only a telephone network needs, beside those of ami_bridge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ami_bridge.actions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayDtmf(Action):
    """Presses one key on a channel: the far end hears it.  `duration_ms` of the key."""

    name: ClassVar[str] = "PlayDTMF"

    channel: str
    digit: str
    duration_ms: int = 120

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Digit", self.digit
        yield "Duration", str(self.duration_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartListening(Action):
    """Records what the channel hears into `file` (a full path ending in .wav)."""

    name: ClassVar[str] = "MixMonitor"

    channel: str
    file: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Options", f"r({self.file})"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopListening(Action):
    """Ends the recording that StartListening's reply named (`MixMonitorID`)."""

    name: ClassVar[str] = "StopMixMonitor"

    channel: str
    monitor_id: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "MixMonitorID", self.monitor_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Action):
    """Lets an outbound registration register (again)."""

    name: ClassVar[str] = "PJSIPRegister"

    registration: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Registration", self.registration


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregister(Action):
    """Takes an outbound registration back and stops renewing it."""

    name: ClassVar[str] = "PJSIPUnregister"

    registration: str

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Registration", self.registration


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRegistrations(Action):
    """Lists the outbound registrations: `ObjectName` and `Status` of each."""

    name: ClassVar[str] = "PJSIPShowRegistrationsOutbound"
    collects: ClassVar[str | None] = "OutboundRegistrationDetailComplete"

    def headers(self) -> Iterator[tuple[str, str]]:
        yield from ()

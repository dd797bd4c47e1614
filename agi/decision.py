"""What passes between dialplan and journey: the question as values, the answer as channel variables.

Every channel variable of ours stands here and in ``asterisk_conf/templates/extensions.conf.j2`` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from agi.channel import Channel
from crm import now_ms

#: The dialplan's ``AGI(bridge,…)`` passes these, in this order.
_ARGUMENTS = (
    "HL_CALL",
    "HL_EVENT",
    "HL_DETAIL",
    "HL_LINE",
    "HL_ORIGIN",
    "HL_ARRIVED",
    "HL_STATE",
    "HL_CALLER",
    "HL_LANG",
    "HL_GROUPS",
    "HL_FENCE",
    "HL_SEAT",
    "HL_NUMBER",
)

Event = Literal[
    "arrived", "callback", "key", "digits", "said", "wake", "waited", "waitkey", "dialled", "recorded"
]
END = "end"
"""The state after which nothing is left but to hang up; the dialplan knows it too."""


@dataclass(frozen=True, slots=True)
class Question:
    """A call that stands at a step of the dialplan and asks what to do next."""

    call_id: str
    event: str  # an `Event`; anything else is answered with the plain queue
    detail: str  # the key pressed, or DIALSTATUS
    line: str  # dialled number, digits
    origin: str  # carrier | emergency | subcenter | department | callback
    arrived_ms: int  # epoch milliseconds, by Asterisk's clock
    state: str  # what the last answer set: of the menu, as ivr gave it, or `<topic>:<where>` of another topic
    caller: str  # digits and +, may be empty
    caller_name: str
    language: str
    groups: tuple[str, ...]
    fence: int  # of the reservation that was dialled; 0 when none
    seat: str
    number: str  # the digits typed in last
    channel: str

    @property
    def topic(self) -> str:
        """Whose state it is: `callback` of `callback:choice`; empty for the menu's own."""
        topic, colon, _ = self.state.partition(":")
        return topic if colon else ""

    @property
    def where(self) -> str:
        """The state within its topic."""
        return self.state.partition(":")[2]

    @property
    def node(self) -> str:
        """The Asterisk node that has the call: its call ids begin with its name."""
        return self.call_id.rpartition("-")[0]

    @classmethod
    def of(cls, channel: Channel) -> Question:
        """Reads the question from a session's environment."""
        value = {name: channel.argument(n) for n, name in enumerate(_ARGUMENTS, start=1)}
        return cls(
            call_id=value["HL_CALL"] or channel.env.get("agi_uniqueid", ""),
            event=value["HL_EVENT"],
            detail=value["HL_DETAIL"],
            line=value["HL_LINE"],
            origin=value["HL_ORIGIN"],
            arrived_ms=int(value["HL_ARRIVED"]) if value["HL_ARRIVED"].isdigit() else now_ms(),
            state=value["HL_STATE"],
            caller=value["HL_CALLER"],
            caller_name=channel.caller_name,
            language=value["HL_LANG"],
            groups=tuple(group for group in value["HL_GROUPS"].split("+") if group),
            fence=int(value["HL_FENCE"]) if value["HL_FENCE"].isdigit() else 0,
            seat=value["HL_SEAT"],
            number=value["HL_NUMBER"],
            channel=channel.env.get("agi_channel", ""),
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What the dialplan does next.  ``HL_NEXT`` is set last: it is the proof that the answer is whole."""

    step: Literal["ask", "read", "say", "wait", "dial", "voicemail", "plain", "hangup"]
    values: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Channel variables in the order in which they must be set."""
        return {**self.values, "HL_NEXT": self.step}

    def also(self, **values: str) -> Decision:
        """The same decision with further variables."""
        return Decision(self.step, {**self.values, **values})


def ask(prompts: Sequence[str], seconds: float, state: str) -> Decision:
    """Play prompts, take one key (which cuts them short), wait ``seconds`` after the last prompt."""
    return Decision("ask", {"HL_SAY": "&".join(prompts), "HL_SECONDS": f"{seconds:g}", "HL_STATE": state})


def read(prompts: Sequence[str], digits: int, seconds: float, state: str) -> Decision:
    """Play prompts, take up to ``digits`` digits, which cut them short; # or ``seconds`` of nothing end."""
    return Decision(
        "read",
        {
            "HL_SAY": "&".join(prompts),
            "HL_DIGITS": str(digits),
            "HL_SECONDS": f"{seconds:g}",
            "HL_STATE": state,
        },
    )


def say(prompts: Sequence[str], state: str) -> Decision:
    """Play prompts to their end."""
    return Decision("say", {"HL_SAY": "&".join(prompts), "HL_STATE": state})


def wait(seconds: int, prompts: Sequence[str] = (), state: str = "") -> Decision:
    """Wait at most ``seconds``, with prompts (a key cuts them short) and then music; then ask again."""
    return Decision("wait", {"HL_SAY": "&".join(prompts), "HL_SECONDS": str(seconds), "HL_STATE": state})


def dial(seat: str, fence: int, seconds: int, *, peer: str = "") -> Decision:
    """Ring a seat's phone for at most ``seconds``; ``peer``: the other node where it is registered."""
    values = {"HL_SEAT": seat, "HL_FENCE": str(fence), "HL_SECONDS": str(seconds), "HL_PEER": peer}
    return Decision("dial", values)


def voicemail(prompts: Sequence[str], *, longest_s: int, silence_s: int) -> Decision:
    """Play prompts, a tone, record at most ``longest_s`` seconds, until #, a hang-up or so much silence."""
    return Decision(
        "voicemail",
        {"HL_SAY": "&".join(prompts), "HL_SECONDS": str(longest_s), "HL_SILENCE": str(silence_s)},
    )


def plain() -> Decision:
    """Asterisk's own queue takes the call: the ACD is away."""
    return Decision("plain")


def hangup() -> Decision:
    """The journey is over."""
    return Decision("hangup")


def last_word(prompts: Sequence[str]) -> Decision:
    """Say this, then hang up."""
    return say(prompts, END) if prompts else hangup()

"""What Asterisk answered to an action."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reply:
    """`items`: the events of a list action. `action_id` finds an Originate's OriginateResponse."""

    action_id: str
    message: str
    headers: Mapping[str, str] = field(repr=False)
    items: tuple[Mapping[str, str], ...] = field(default=(), repr=False)

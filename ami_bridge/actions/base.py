"""What every action has."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar


class Action(ABC):
    """A request to Asterisk. `collects`: the event that ends its list, for actions that answer with one."""

    __slots__ = ()

    name: ClassVar[str]
    collects: ClassVar[str | None] = None

    @abstractmethod
    def headers(self) -> Iterator[tuple[str, str]]:
        """Header and value, without Action and ActionID; a header may repeat."""

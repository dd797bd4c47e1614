"""Pages by cursor: the cursor holds where the last row stood, so that new rows never shift a page."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from crm.errors import CursorInvalid

T = TypeVar("T")
LONGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next_cursor` is None on the last page."""

    items: list[T]
    next_cursor: str | None


def size(limit: int) -> int:
    return max(1, min(limit, LONGEST_PAGE))


def cut(rows: Sequence[T], limit: int, place: Callable[[T], list[Any]]) -> Page[T]:
    """A page from `limit` + 1 rows; `place` gives what the next page begins after."""
    items = list(rows[:limit])
    return Page(items, encode(place(items[-1])) if len(rows) > limit else None)


def encode(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> list[Any]:
    """Raises CursorInvalid."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [type(value) for value in place] != list(kinds):
            raise ValueError("other columns")
    except (ValueError, TypeError) as error:
        raise CursorInvalid("翻页标记无效，请从第一页重新查询", field="cursor", value=cursor[:80]) from error
    return list(place)


def from_json(text: str | None) -> Any:
    return json.loads(text) if text else {}

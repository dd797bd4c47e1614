"""Today's figures for the wall: one query over today's calls, cheap enough to be asked every few seconds."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.measures.figures import IN_TIME_MS, CallFigures, total_of_calls
from crm.measures.from_ledger import counted
from crm.store import Store
from crm.types import now_ms

_DAY_MS = 86_400_000
_CHINA_MS = 8 * 3_600_000


@dataclass(frozen=True, slots=True)
class Today:
    """Since midnight in China (`since`) until `at`, epoch ms.  `groups`: by skill group, "" for calls that
    reached none.  Wrap-ups are not counted here."""

    since: int
    at: int
    total: CallFigures
    groups: Mapping[str, CallFigures]


def midnight(at: int) -> int:
    """The beginning of the day in China that holds `at`, epoch ms."""
    return at - (at + _CHINA_MS) % _DAY_MS


async def today(store: Store, *, at: int | None = None, in_time_ms: int = IN_TIME_MS) -> Today:
    """Raises StoreUnavailable."""
    moment = now_ms() if at is None else at
    since = midnight(moment)
    async with store.read() as connection:
        rows = await counted(connection, since, moment + 1, by="group", bucket_ms=None, in_time_ms=in_time_ms)
    return Today(since, moment, total_of_calls(rows, since=since), {row.key: row for row in rows})

"""What a batch means for callers: who waits to be called back, who has been reached, what sticks to a caller.

Pure, and order-free like the batch it is part of: a task is open exactly while its caller's last unserved
leaving is later than his last answer (and than the last time that a person or the rules closed a task of
his), in whatever order, and however often, the facts are told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Missed:
    """A call ended unserved."""

    call_id: str
    at: int
    line: str
    voicemail: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A caller hung up while a callback keeps the place."""

    callback_id: str
    call_id: str
    at: int
    line: str
    queue: str


@dataclass(slots=True)
class Told:
    """What a batch tells about one caller."""

    needs: list[Missed | Kept] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    """(moment, seat; "" if unknown)"""
    languages: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """An open callback task as far as the ledger changes it."""

    id: str
    kind: str
    line: str
    call_id: str
    missed: int
    first_at: int
    last_at: int
    kept_at: int | None
    queue_id: str | None
    queue: str | None
    due_at: int
    version: int


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """What the tables hold of a caller.  `covered_until`: when a task of his was last closed."""

    language: str | None = None
    language_at: int | None = None
    last_seat: str | None = None
    answered_at: int | None = None
    covered_until: int | None = None
    task: Task | None = None


STICKY = ("language", "language_at", "last_seat", "answered_at")
TASK = tuple(name for name in Task.__slots__ if name != "version")
_CLAIM: Row = {"claimed_by": None, "claimed_until": None, "claim": None}


@dataclass(slots=True)
class Changes:
    """Rows to write; `changed_*` are updates by `b_key` and `b_id`."""

    changed_callers: list[Row] = field(default_factory=list)
    callbacks: list[Row] = field(default_factory=list)
    changed_callbacks: list[Row] = field(default_factory=list)
    closed_callbacks: list[Row] = field(default_factory=list)


def halved(told: Mapping[str, Told], known: Mapping[str, KnownCaller]) -> dict[str, int]:
    """Callers whose open task an answer, told late, cuts in two; and since when their misses count."""
    found: dict[str, int] = {}
    for key, caller in told.items():
        task = known[key].task if key in known else None
        if task is not None and any(task.first_at <= at < task.last_at for at, _ in caller.answers):
            found[key] = task.first_at
    return found


def settle(
    told: Mapping[str, Told],
    known: Mapping[str, KnownCaller],
    missed_before: Mapping[str, Sequence[Missed]],
) -> Changes:
    """`missed_before`: the misses that the ledger holds of the callers whom `halved` names."""
    changes = Changes()
    for key, caller in told.items():
        before = known.get(key, KnownCaller())
        after = _stuck(before, caller)
        if after != before:
            changes.changed_callers.append({"b_key": key} | {name: getattr(after, name) for name in STICKY})
        _settle_task(changes, key, caller, after, missed_before.get(key, ()))
    return changes


def _stuck(before: KnownCaller, caller: Told) -> KnownCaller:
    """The latest answer and the latest language stick; at one moment, the greater text, so that order is
    never what decides."""
    after = before
    answered = max(caller.answers, default=None)
    if answered is not None and answered > (before.answered_at or -1, before.last_seat or ""):
        at, seat = answered
        after = replace(after, answered_at=at, last_seat=seat or before.last_seat)
    spoken = max(caller.languages, default=None)
    if spoken is not None and spoken > (before.language_at or -1, before.language or ""):
        after = replace(after, language_at=spoken[0], language=spoken[1])
    return after


def _settle_task(
    changes: Changes, key: str, caller: Told, after: KnownCaller, missed_before: Sequence[Missed]
) -> None:
    covered = max(after.answered_at or -1, after.covered_until or -1)
    task = after.task
    if task is not None and after.answered_at is not None and task.last_at <= after.answered_at:
        changes.closed_callbacks.append(
            {"b_id": task.id, "state": "reached", "closed_at": after.answered_at,
             "closed_by": after.last_seat or "system", "version": task.version + 1, **_CLAIM}
        )  # fmt: skip
        task = None
    was = task
    if task is not None and after.answered_at is not None and task.first_at <= after.answered_at:
        task = _second_half(task, after.answered_at, missed_before)
    live = sorted({need for need in caller.needs if need.at > covered}, key=_order)
    for need in live:
        task = _started(need) if task is None else _merged(task, need)
    if task is None or task == was:
        return
    row = {name: getattr(task, name) for name in TASK if name != "id"}
    if was is None:
        changes.callbacks.append(
            row
            | {"id": task.id, "caller_key": key, "state": "open", "tries": 0, "last_result": None,
               "closed_at": None, "closed_by": None, "note": "", "version": 1, **_CLAIM}
        )  # fmt: skip
    else:
        changes.changed_callbacks.append(row | {"b_id": task.id, "version": was.version + 1})


def _order(need: Missed | Kept) -> tuple[int, str]:
    return need.at, need.call_id


def _started(need: Missed | Kept) -> Task:
    blank = Task("", "", need.line, need.call_id, 0, need.at, need.at, None, None, None, need.at, 1)
    # A prefix, because a kept place's id becomes a call's id when the citizen is rung.
    own = f"k-{need.callback_id}" if isinstance(need, Kept) else f"m-{need.call_id}"
    return replace(_merged(blank, need), id=own)


def _merged(task: Task, need: Missed | Kept) -> Task:
    newest = need.at >= task.last_at
    task = replace(
        task,
        first_at=min(task.first_at, need.at),
        last_at=max(task.last_at, need.at),
        call_id=need.call_id if newest else task.call_id,
        line=need.line if newest else task.line,
        due_at=min(task.due_at, need.at),
    )
    if isinstance(need, Kept):
        if task.kept_at is None or need.at >= task.kept_at:
            task = replace(task, kept_at=need.at, queue_id=need.callback_id, queue=need.queue)
        return replace(task, kind="kept_place")
    kind = "voicemail" if need.voicemail and task.kept_at is None else task.kind or "missed"
    return replace(task, missed=task.missed + 1, kind=kind)


def _second_half(task: Task, answered_at: int, missed_before: Iterable[Missed]) -> Task:
    """What is left of a task of which an answer, told late, served the first part."""
    left = sorted((miss for miss in missed_before if miss.at > answered_at), key=_order)
    kept = task.kept_at is not None and task.kept_at > answered_at
    moments = [miss.at for miss in left] + ([task.kept_at] if kept and task.kept_at is not None else [])
    first = min(moments, default=task.last_at)
    unkept = "voicemail" if any(miss.voicemail for miss in left) else "missed"
    return replace(
        task,
        kind="kept_place" if kept else unkept,
        missed=len(left),
        first_at=first,
        due_at=max(task.due_at, first),
        kept_at=task.kept_at if kept else None,
        queue_id=task.queue_id if kept else None,
        queue=task.queue if kept else None,
    )

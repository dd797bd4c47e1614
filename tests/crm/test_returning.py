"""Who waits to be called back: the same facts, in any order, in any batches, told any number of times, leave
the same callers waiting, for the same number of missed calls."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import Outcome, Store, callbacks
from crm.entries import CallerEntry, CelEntry, CloseEntry, Entry, KeepEntry, MarkEntry, OpenEntry, dump, load
from crm.types import MISSED
from crm.writer import writer_for
from tests.crm.days import opening

_rounds = itertools.count(1)


@dataclass(frozen=True)
class Fact:
    """What happened to one caller at a moment: a call was missed, one was answered, a place was kept."""

    what: str
    at: int
    caller: int
    language: str = "zh"


def caller(key: str) -> CallerEntry:
    return CallerEntry(key, b"sealed", "139****0001", "", "mobile")


def entries_of(fact: Fact, call_id: str, key: str) -> list[Entry]:
    head: OpenEntry = replace(opening(call_id, fact.at - 5), caller=caller(key))
    language = MarkEntry(call_id, "language", "", fact.at - 4, None, f'{{"language":"{fact.language}"}}')
    match fact.what:
        case "answered":
            seat = f"10{fact.at % 90 + 10}"
            return [head, language, MarkEntry(call_id, "answered", "1", fact.at, seat, "{}")]
        case "kept":
            return [head, language, KeepEntry(call_id, f"q{call_id}", caller(key), "12345", fact.at, "{}")]
        case "cel":  # nobody told of it: made from Asterisk's records, abandoned in the plain queue
            return [CelEntry(head, None, None, fact.at, True, 16)]
    return [head, language, CloseEntry(call_id, fact.what, fact.at, 16, None, None)]


FACTS = st.lists(
    st.builds(
        Fact,
        st.sampled_from(["answered", "answered", "kept", "cel", *sorted(MISSED), "abandoned_greeting"]),
        st.integers(10, 40),
        st.integers(1, 2),
        st.sampled_from(["zh", "mn"]),
    ),
    max_size=8,
)


def expected(facts: Sequence[Fact], which: int) -> tuple[str, int, int, int] | None:
    """(kind, missed, first, last) of the open task that this caller must have, worked out from the rule."""
    mine = [fact for fact in facts if fact.caller == which]
    answered = max((fact.at for fact in mine if fact.what == "answered"), default=-1)
    open_needs = [fact for fact in mine if fact.what in {*MISSED, "cel", "kept"} and fact.at > answered]
    if not open_needs:
        return None
    kinds = {fact.what for fact in open_needs}
    kind = "kept_place" if "kept" in kinds else "voicemail" if "voicemail" in kinds else "missed"
    missed = sum(fact.what != "kept" for fact in open_needs)
    return kind, missed, min(fact.at for fact in open_needs), max(fact.at for fact in open_needs)


@settings(
    max_examples=100, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(facts=FACTS, data=st.data())
async def test_the_same_callers_wait_whatever_the_order(
    store: Store, facts: list[Fact], data: st.DataObject
) -> None:
    turn = next(_rounds)
    # Each round later than all before it, so that its tasks are on the first page.
    facts = [replace(fact, at=1_000 * turn + fact.at) for fact in facts]
    entries = [
        entry
        for i, fact in enumerate(facts)
        for entry in entries_of(fact, f"{turn}.{i}", f"{turn}-{fact.caller}")
    ]
    told = data.draw(st.permutations(entries))
    told += data.draw(st.lists(st.sampled_from(entries), max_size=4)) if entries else []
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(told))), max_size=6)))
    writer = writer_for(store)
    for begin, end in itertools.pairwise([0, *cuts, len(told)]):
        if end > begin:  # as a journal gives them back: through JSON
            await writer.write([load(dump(entry)) for entry in told[begin:end]], 10)
    await writer.close()
    tasks = (await callbacks.page(store, state="open", limit=200)).items
    for which in (1, 2):
        # The writer sealed nothing here, so a task is found by the calls it names.
        mine = [
            task
            for task in tasks
            if task.call_id.startswith(f"{turn}.")
            and facts[int(task.call_id.partition(".")[2])].caller == which
        ]
        found = [(task.kind, task.missed, task.first_at, task.last_at) for task in mine]
        should = expected(facts, which)
        assert found == ([] if should is None else [should])
        for task in mine:
            assert (task.queue_id is not None) == (task.kind == "kept_place")
            assert task.due_at == task.first_at


async def test_what_is_missed_by_a_seat_that_dials_out_calls_nobody_back(store: Store) -> None:
    writer = writer_for(store)
    head = replace(opening("out", 10, origin="seat"), caller=caller("k"))
    await writer.write([head, CloseEntry("out", Outcome.ABANDONED_QUEUE, 20, 16, None, None)], 10)
    await writer.close()
    assert (await callbacks.page(store)).items == []


async def test_what_the_rules_gave_up_is_not_opened_again_by_an_old_entry(store: Store) -> None:
    writer = writer_for(store)

    def missed(call_id: str, at: int) -> list[Entry]:
        head = replace(opening(call_id, at - 5), caller=caller("k"))
        return [head, CloseEntry(call_id, Outcome.ABANDONED_QUEUE, at, 16, None, None)]

    await writer.write(missed("a", 1_000), 10)
    (task,) = (await callbacks.page(store)).items
    done = await callbacks.close(
        store, task.id, note="来电人已在窗口办理", actor="leader", version=task.version
    )
    assert done.closed_at is not None
    await writer.write(missed("b", 2_000), 10)  # replayed late: it was missed before the task was closed
    assert [task.state for task in (await callbacks.page(store)).items] == ["closed"]
    await writer.write(missed("c", done.closed_at + 1), 10)
    assert [task.state for task in (await callbacks.page(store)).items] == ["open", "closed"]
    await writer.close()


async def test_an_answer_told_late_serves_only_what_was_missed_before_it(store: Store) -> None:
    writer = writer_for(store)
    facts = [
        Fact("voicemail", 10, 1), Fact("kept", 11, 1), Fact("abandoned_queue", 30, 1),
        Fact("answered", 20, 1, "mn"),
    ]  # fmt: skip
    for i, fact in enumerate(facts):
        await writer.write(entries_of(fact, f"h.{i}", "h"), 10)
    await writer.close()
    (task,) = (await callbacks.page(store)).items
    assert (task.state, task.kind, task.missed, task.first_at, task.call_id) == (
        "open", "missed", 1, 30, "h.2",
    )  # fmt: skip
    assert task.queue_id is None and await callbacks.kept(store) == []

"""Random menus, random callers: nothing that is accepted can trap anyone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import ivr

NAMES = [f"m{place}" for place in range(7)]
TARGETS = st.sampled_from(NAMES)
PROMPTS = st.lists(st.sampled_from(["greeting", "waiting"]), min_size=1, max_size=2)
LENGTHS = {"greeting": 4.0, "waiting": 1.0}
PRESSES = st.one_of(
    st.sampled_from("0123456789*#").map(ivr.Key),
    st.text(max_size=3).map(ivr.Key),  # what no telephone sends, but a broken peer might
    st.just(ivr.Nothing()),
    st.just(ivr.Said()),
)


def onward(place: int) -> st.SearchStrategy[str]:
    """Mostly onwards, so that many menus are accepted; sometimes anywhere, so that loops are tried too."""
    later = NAMES[place + 1 :] or NAMES
    return st.integers(0, 19).flatmap(lambda dice: TARGETS if dice == 0 else st.sampled_from(later))


def menu(place: int) -> st.SearchStrategy[dict[str, Any]]:
    target = onward(place)
    keys = st.dictionaries(
        st.sampled_from("0123456789*#"),
        st.one_of(target, st.just("again")),
        min_size=1,
        max_size=4,
    )
    ask = st.fixed_dictionaries(
        {
            "kind": st.just("ask"),
            "prompt": PROMPTS,
            "keys": keys,
            "timeout": st.floats(0.5, 30.0),
            "nothing": target,
            "tries": st.integers(1, 5),
            "next": target,
        },
        optional={"invalid": PROMPTS},
    )
    say = st.fixed_dictionaries({"kind": st.just("say"), "prompt": PROMPTS, "next": target})
    hours = st.fixed_dictionaries(
        {"kind": st.just("hours"), "hours": st.sampled_from(["a", "b"]), "next": target, "closed": target}
    )
    end = st.fixed_dictionaries({"kind": st.just("end"), "prompt": PROMPTS, "reason": st.just("notice")})
    person = st.just({"kind": "person", "groups": ["general"], "language": "zh"})
    return st.one_of(person, end) if place == len(NAMES) - 1 else st.one_of(ask, ask, say, hours, end, person)


def toml(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f'"{key}" = {toml(part)}' for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return f'"{value}"'
        case _:
            return repr(value)


@st.composite
def texts(draw: st.DrawFn) -> str:
    menus = {name: draw(menu(place)) for place, name in enumerate(NAMES)}
    # What no entry leads to would be refused as such: keep the reachable, as an author would.
    reached, todo = set(), ["m0"]
    while todo:
        name = todo.pop()
        if name in reached or name == "again":
            continue
        reached.add(name)
        entry = menus[name]
        todo += [entry[key] for key in ("nothing", "next", "closed") if key in entry]
        todo += list(entry.get("keys", {}).values())
    people = [name for name in NAMES if menus[name]["kind"] == "person"]
    fallback = draw(st.sampled_from(people or ["helper"]))
    kept = {name: entry for name, entry in menus.items() if name in reached | {fallback}}
    if fallback == "helper":
        kept["helper"] = {"kind": "person", "groups": ["general"], "language": "zh"}
    document = {
        "entries": ["m0"],
        "fallback": fallback,
        "menu": kept,
        "hours": {"a": {"mon": ["08:00-12:00"]}, "b": {"tue": ["00:00-24:00"]}},
    }
    return "\n".join(f"{key} = {toml(value)}" for key, value in document.items())


class Tally:
    accepted = 0
    refused = 0


@settings(max_examples=200, deadline=None)
@given(text=texts(), presses=st.lists(PRESSES, max_size=60), hour=st.integers(0, 24 * 7))
def walk(text: str, presses: list[ivr.Result], hour: int) -> None:
    try:
        menus = ivr.load(text, "random.toml", ivr.Facts(LENGTHS, frozenset({"general"})))
    except ivr.MenusRefused as refused:
        Tally.refused += 1
        assert refused.faults
        return
    Tally.accepted += 1
    bound = ivr.longest_walk(menus, "m0")
    step = ivr.start(menus, "m0", ivr.Context(datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour)))
    taken = 1
    answers = iter(presses)
    while isinstance(step, (ivr.Ask, ivr.Say)):
        assert re.fullmatch(r"[a-z0-9_.]{1,31}", step.state)
        assert step.prompts
        step = ivr.resume(menus, step.state, next(answers, ivr.Key("9")))
        taken += 1
        assert taken <= bound, "a caller was kept longer than the menu's own bound"
    match step:
        case ivr.Enqueue(groups=groups, language=language):
            assert groups
            assert language
        case ivr.Hangup(reason=reason):
            assert reason


def test_no_accepted_menu_can_trap_a_caller() -> None:
    walk()
    assert Tally.accepted > 40, "the random menus must mostly be worth walking"
    assert Tally.refused > 5, "and some must be refused"


@settings(max_examples=120, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_either_menus_or_told_faults(text: str) -> None:
    try:
        ivr.load(text, "noise.toml")
    except ivr.MenusRefused as refused:
        assert refused.faults


VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-5, 5),
        st.floats(allow_nan=True),
        st.sampled_from(["m0", "again", "中", ""]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["kind", "prompt", "keys", "1", "next", "days", "mon"]), inner, max_size=4
        ),
    ),
    max_leaves=8,
)
KINDS = st.sampled_from(["ask", "say", "hours", "person", "end"])


@settings(max_examples=120, deadline=None)
@given(
    kind=KINDS,
    fields=st.dictionaries(st.sampled_from(["prompt", "keys", "tries", "hours", "groups", "next"]), VALUES),
    hours=VALUES,
)
def test_any_shape_of_values_is_refused_in_words(kind: str, fields: dict[str, Any], hours: Any) -> None:
    document = {"entries": ["m0"], "fallback": "m0", "menu": {"m0": {"kind": kind, **fields}}, "hours": hours}
    text = "\n".join(f"{key} = {toml(value)}" for key, value in document.items())
    text = text.replace("True", "true").replace("False", "false")
    try:
        ivr.load(text, "odd.toml")
    except ivr.MenusRefused as refused:
        assert all(fault.remedy for fault in refused.faults)

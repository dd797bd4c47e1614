"""Each mistake in a menu file: refused, with the key where it stands and what to do."""

from __future__ import annotations

import pytest

import ivr

GOOD = """
entries = ["hello"]
fallback = "person"
[menu.hello]
kind = "ask"
prompt = ["greeting"]
timeout = 3
nothing = "person"
invalid = ["press_invalid"]
tries = 2
next = "person"
[menu.hello.keys]
1 = "told"
[menu.told]
kind = "say"
prompt = ["waiting"]
next = "office"
[menu.office]
kind = "hours"
hours = "work"
next = "person"
closed = "night"
[menu.night]
kind = "end"
prompt = ["goodbye"]
reason = "closed"
[menu.person]
kind = "person"
groups = ["general"]
language = "zh"
[hours.work]
mon = ["08:30-12:00", "14:00-24:00"]
[hours.work.days]
2026-10-01 = []
"""
LENGTHS = {"greeting": 6.0, "press_invalid": 2.0, "waiting": 2.0, "goodbye": 2.0, "long": 9.0}
FACTS = ivr.Facts(LENGTHS, frozenset({"general"}))


def faults(text: str) -> list[tuple[str, str]]:
    try:
        ivr.load(text, "menu.toml", FACTS)
    except ivr.MenusRefused as refused:
        assert all(fault.file == "menu.toml" and fault.remedy for fault in refused.faults)
        assert str(refused)
        return [(fault.id, fault.key) for fault in refused.faults]
    return []


def test_the_good_one_is_accepted() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault_id", "key"),
    [
        ('kind = "ask"', 'kind = "ask', "not_toml", "-"),
        ('kind = "ask"', 'kind = "asks"', "unknown_kind", "menu.hello.kind"),
        ("timeout = 3", "timeout = 0", "out_of_range", "menu.hello.timeout"),
        ("timeout = 3", "timeout = true", "out_of_range", "menu.hello.timeout"),
        ("timeout = 3", "timeout = nan", "out_of_range", "menu.hello.timeout"),
        ("timeout = 3", "timeout = 3\ncolour = 1", "unknown_key", "menu.hello.colour"),
        ("tries = 2", "tries = 6", "out_of_range", "menu.hello.tries"),
        ("tries = 2", 'tries = "2"', "out_of_range", "menu.hello.tries"),
        ('nothing = "person"\n', "", "dead_end", "menu.hello.nothing"),
        ('next = "office"\n', "", "dead_end", "menu.told.next"),
        ('closed = "night"\n', "", "dead_end", "menu.office.closed"),
        ('1 = "told"', 'A = "told"', "bad_key", "menu.hello.keys.A"),
        ('1 = "told"', "", "no_keys", "menu.hello.keys"),
        ('1 = "told"', '1 = "nowhere"', "unknown_target", "menu.hello.keys.1"),
        ('nothing = "person"', 'nothing = "again"', "unknown_target", "menu.hello.nothing"),
        ('nothing = "person"', 'nothing = "hello"', "loop", "menu.hello.nothing"),
        ('closed = "night"', 'closed = "told"', "loop", "menu.office.closed"),
        ('prompt = ["greeting"]', "prompt = []", "empty_list", "menu.hello.prompt"),
        ('prompt = ["greeting"]', 'prompt = "greeting"', "not_a_list", "menu.hello.prompt"),
        ('prompt = ["greeting"]', 'prompt = ["../x"]', "bad_name", "menu.hello.prompt[0]"),
        ('prompt = ["greeting"]', 'prompt = ["nothere"]', "unknown_prompt", "menu.hello.prompt[0]"),
        ('prompt = ["greeting"]', 'prompt = ["long"]', "greeting_too_long", "menu.hello.prompt"),
        ('invalid = ["press_invalid"]', 'invalid = ["x"]', "unknown_prompt", "menu.hello.invalid[0]"),
        ('entries = ["hello"]', 'entries = ["nobody"]', "unknown_target", "entries[0]"),
        ('entries = ["hello"]', "entries = []", "empty_list", "entries"),
        ('entries = ["hello"]', 'entries = ["hello"]\nmore = 1', "unknown_key", "more"),
        ('fallback = "person"', 'fallback = "night"', "fallback_not_a_person", "fallback"),
        ('language = "zh"', 'language = "中文"', "bad_language", "menu.person.language"),
        ('groups = ["general"]', 'groups = ["vip"]', "unknown_group", "menu.person.groups[0]"),
        ('groups = ["general"]', "groups = []", "empty_list", "menu.person.groups"),
        ('hours = "work"', 'hours = "play"', "unknown_hours", "menu.office.hours"),
        ("08:30-12:00", "12:00-08:30", "bad_span", "hours.work.mon[0]"),
        ("14:00-24:00", "14:00-24:30", "bad_span", "hours.work.mon[1]"),
        ("2026-10-01 = []", "2026-02-30 = []", "bad_date", "hours.work.days.2026-02-30"),
        ("[hours.work]", '[hours.work]\nzone = "Asia/Shanghai"', "bad_zone", "hours.work.zone"),
        (
            "[menu.night]",
            '[menu.lonely]\nkind = "end"\nreason = "x"\n[menu.night]',
            "unreachable",
            "menu.lonely",
        ),
        ("[menu.night]", "[menu.Night_]\n[menu.night]", "bad_name", "menu.Night_"),
    ],
)
def test_a_mistake_is_named_where_it_stands(old: str, new: str, fault_id: str, key: str) -> None:
    assert GOOD.count(old) >= 1
    assert (fault_id, key) in faults(GOOD.replace(old, new, 1))


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    broken = GOOD.replace("timeout = 3", "timeout = 99").replace('kind = "say"', 'kind = "sing"')
    assert [fault_id for fault_id, _ in faults(broken)] == ["out_of_range", "unknown_kind"]


def test_an_entry_from_which_no_person_is_in_reach_is_a_dead_end() -> None:
    text = GOOD.replace('entries = ["hello"]', 'entries = ["hello", "trap"]')
    text += '\n[menu.trap]\nkind = "say"\nprompt = ["waiting"]\nnext = "night"\n'
    assert faults(text) == [("dead_end", "entries[1]")]


def test_a_deep_menu_is_refused() -> None:
    ask = (
        '\n[menu.a{n}]\nkind = "ask"\nprompt = ["greeting"]\ntimeout = 3\nnothing = "a{m}"\nnext = "person"\n'
    )
    deep = "".join((ask + '[menu.a{n}.keys]\n1 = "person"\n').format(n=n, m=n + 1) for n in range(1, 5))
    last = '\n[menu.a5]\nkind = "person"\ngroups = ["general"]\nlanguage = "zh"\n'
    text = GOOD.replace('entries = ["hello"]', 'entries = ["hello", "a1"]') + deep + last
    assert faults(text) == [("too_deep", "entries[1]")]


def test_what_a_say_menu_adds_before_the_first_question_counts_as_greeting() -> None:
    text = GOOD.replace('entries = ["hello"]', 'entries = ["first"]')
    text += '\n[menu.first]\nkind = "say"\nprompt = ["waiting", "waiting"]\nnext = "hello"\n'
    assert faults(text) == [("greeting_too_long", "menu.first.prompt")]

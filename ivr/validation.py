"""Whether menus make sense: no dead end, no loop, no unknown target, no greeting that is too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from ivr.fault import Fault, MenusRefused
from ivr.menu import AskMenu, EndMenu, HoursMenu, Menu, Menus, PersonMenu, SayMenu
from ivr.reading import parse

MAX_GREETING_S = 8.0
"""DOMAIN §4.1 (after GB/T 33358): what a caller hears before the first person or key is at most 8 s."""
MAX_ASKINGS = 3
"""DOMAIN §4.1: no deep menu; three questions before a person are already two too many."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What lies outside the file.  None = not known, so not checked.

    `lengths`: seconds of every prompt there is (0 for a slot whose recording is still missing).
    `groups`: the skill groups there are.
    """

    lengths: Mapping[str, float] | None = None
    groups: frozenset[str] | None = None


def load(text: str, file: str, facts: Facts | None = None) -> Menus:
    """Reads and validates.  Raises MenusRefused with every fault; what it returns is safe to walk."""
    menus = parse(text, file)
    faults = validate(menus, facts)
    if faults:
        raise MenusRefused(faults)
    return menus


def validate(menus: Menus, facts: Facts | None = None) -> list[Fault]:
    """Every fault of meaning; an empty list means: accepted, no caller can be trapped."""
    facts = facts or Facts()
    faults = [*_starts(menus), *_targets(menus)]
    if not faults:  # the graph is whole, so it can be walked
        faults = [*_loops(menus), *_unreached(menus)]
    if not faults:
        faults = [*_depth(menus), *_greetings(menus, facts), *_no_person(menus)]
    return [*faults, *_outside(menus, facts)]


def _starts(menus: Menus) -> Iterator[Fault]:
    for place, entry in enumerate(menus.entries):
        if entry not in menus.menus:
            yield _fault(menus, "unknown_target", f"entries[{place}]", entry, _choice(menus))
    fallback = menus.menus.get(menus.fallback)
    if not isinstance(fallback, PersonMenu):
        remedy = '写一个 kind = "person" 的菜单名，读不出状态的来电交给它'
        yield _fault(menus, "fallback_not_a_person", "fallback", menus.fallback, remedy)


def _targets(menus: Menus) -> Iterator[Fault]:
    for menu in menus.menus.values():
        for key, target in menu.targets():
            if target not in menus.menus:
                yield _fault(menus, "unknown_target", f"menu.{menu.name}.{key}", target, _choice(menus))
        if isinstance(menu, HoursMenu) and menu.hours not in menus.hours:
            known = "、".join(sorted(menus.hours)) or "（无）"
            remedy = f"补上 [hours.{menu.hours}]，或改成已有的工作时间：{known}"
            yield _fault(menus, "unknown_hours", f"menu.{menu.name}.hours", menu.hours, remedy)


def _loops(menus: Menus) -> Iterator[Fault]:
    """Depth first; a way back to a menu still being walked is a loop, told at the key closing it."""
    done: set[str] = set()
    path: list[str] = []

    def walk(name: str) -> Iterator[Fault]:
        path.append(name)
        for key, target in menus.menus[name].targets():
            if target in path:
                ring = " → ".join([*path[path.index(target) :], target])
                remedy = f'这里绕回了 {ring}，来电可能永远出不去；改为通向人工或结束。重听用 "again"'
                yield _fault(menus, "loop", f"menu.{name}.{key}", target, remedy)
            elif target not in done:
                yield from walk(target)
        path.pop()
        done.add(name)

    for name in menus.menus:
        if name not in done:
            yield from walk(name)


def _reached(menus: Menus, *starts: str) -> set[str]:
    seen: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(target for _, target in menus.menus[name].targets())
    return seen


def _unreached(menus: Menus) -> Iterator[Fault]:
    reached = _reached(menus, *menus.entries, menus.fallback)
    for name in menus.menus:
        if name not in reached:
            remedy = "没有任何入口或按键通向它：补上通向它的按键，或删除"
            yield _fault(menus, "unreachable", f"menu.{name}", name, remedy)


def _no_person(menus: Menus) -> Iterator[Fault]:
    """Everything may end in notices, but from an entry a person must be within reach (DOMAIN §1 row 7)."""
    for place, entry in enumerate(menus.entries):
        reached = [menus.menus[name] for name in _reached(menus, entry)]
        if not any(isinstance(menu, PersonMenu) for menu in reached) and len(reached) > 1:
            remedy = '从这个入口怎么走都到不了人工：让一个按键或 next 通向 kind = "person" 的菜单'
            yield _fault(menus, "dead_end", f"entries[{place}]", entry, remedy)


def _depth(menus: Menus) -> Iterator[Fault]:
    @cache
    def askings(name: str) -> int:
        menu = menus.menus[name]
        return isinstance(menu, AskMenu) + max((askings(target) for _, target in menu.targets()), default=0)

    for place, entry in enumerate(menus.entries):
        if (deep := askings(entry)) > MAX_ASKINGS:
            remedy = f"人工之前最多问{MAX_ASKINGS}次，这里有{deep}次：减少菜单层数"
            yield _fault(menus, "too_deep", f"entries[{place}]", entry, remedy)


def _greetings(menus: Menus, facts: Facts) -> Iterator[Fault]:
    """The longest that a caller hears from an entry until a key may be pressed and the time for it begins, or
    a person comes.  Menus that end the call are notices, not greetings."""
    if facts.lengths is None:
        return
    lengths = facts.lengths

    @cache
    def heard(name: str) -> tuple[float, str]:
        menu = menus.menus[name]
        match menu:
            case AskMenu(prompts=prompts):
                return _seconds(prompts, lengths), f"menu.{name}.prompt"
            case SayMenu(prompts=prompts, next=after):
                onward, _ = heard(after)
                return _seconds(prompts, lengths) + onward, f"menu.{name}.prompt"
            case HoursMenu(next=opened, closed=closed):
                return max(heard(opened), heard(closed))
            case _:
                return 0.0, f"menu.{name}"

    for entry in menus.entries:
        seconds, key = heard(entry)
        if seconds > MAX_GREETING_S:
            remedy = f"应答语共{seconds:.1f}秒，不得超过{MAX_GREETING_S:g}秒：缩短文字或重新录音"
            yield _fault(menus, "greeting_too_long", key, f"{seconds:.1f}s", remedy)


def _seconds(prompts: tuple[str, ...], lengths: Mapping[str, float]) -> float:
    return sum(lengths.get(prompt, 0.0) for prompt in prompts)


def _outside(menus: Menus, facts: Facts) -> Iterator[Fault]:
    for menu in menus.menus.values():
        for key, name in _prompts(menu):
            if facts.lengths is not None and name not in facts.lengths:
                remedy = "提示音目录里没有这个名称：先加进 catalogue.toml，或改成已有的名称"
                yield _fault(menus, "unknown_prompt", f"menu.{menu.name}.{key}", name, remedy)
        if isinstance(menu, PersonMenu) and facts.groups is not None:
            for place, group in enumerate(menu.groups):
                if group not in facts.groups:
                    remedy = f"没有这个技能组；已有：{'、'.join(sorted(facts.groups))}"
                    yield _fault(menus, "unknown_group", f"menu.{menu.name}.groups[{place}]", group, remedy)


def _prompts(menu: Menu) -> Iterator[tuple[str, str]]:
    if isinstance(menu, (AskMenu, SayMenu, EndMenu)):
        yield from ((f"prompt[{place}]", name) for place, name in enumerate(menu.prompts))
    if isinstance(menu, AskMenu):
        yield from ((f"invalid[{place}]", name) for place, name in enumerate(menu.invalid))


def _choice(menus: Menus) -> str:
    return f"没有这个菜单；已有：{'、'.join(sorted(menus.menus)) or '（无）'}"


def _fault(menus: Menus, fault_id: str, key: str, value: str, remedy: str) -> Fault:
    return Fault(fault_id, menus.file, key, value, remedy)

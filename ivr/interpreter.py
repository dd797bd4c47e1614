"""Walks the menus: a step out, a result in.  Values only: any process can take the next step of any call.

The state is `<menu>.<askings used>.<open hours as hex bits>`: at most 31 characters of [a-z0-9_.], safe as
the value of a channel variable and as an argument in the dialplan.
"""

from __future__ import annotations

import re
from functools import cache

from ivr.menu import AGAIN, AskMenu, EndMenu, HoursMenu, Menu, Menus, PersonMenu, SayMenu
from ivr.steps import Ask, Context, Enqueue, Hangup, Key, Result, Say, Step

_STATE = re.compile(r"([a-z][a-z0-9_]{0,23})\.([0-9])\.([0-9a-f]{1,4})")


def start(menus: Menus, name: str, context: Context) -> Step:
    """The first step of a call at menu `name`.  KeyError when the file has no such menu."""
    opened = 0
    for bit, hours in enumerate(menus.hours_in_order()):
        opened |= menus.hours[hours].open_at(context.now) << bit
    return _enter(menus, menus.menus[name], opened)


def resume(menus: Menus, state: str, result: Result) -> Step:
    """The step after `result`.

    A state that these menus cannot read (the file was changed under the call) goes to the fallback's person:
    the caller is never lost over it.
    """
    read = _STATE.fullmatch(state)
    menu = menus.menus.get(read[1]) if read else None
    if read is None or not isinstance(menu, (AskMenu, SayMenu)):
        return _enter(menus, menus.menus[menus.fallback], 0)
    opened = int(read[3], 16)
    if isinstance(menu, SayMenu):
        return _enter(menus, menus.menus[menu.next], opened)
    return _answered(menus, menu, int(read[2]), opened, result)


def _answered(menus: Menus, menu: AskMenu, asked: int, opened: int, result: Result) -> Step:
    if not isinstance(result, Key):
        return _enter(menus, menus.menus[menu.nothing], opened)
    target = menu.keys.get(result.digit)
    if target is not None and target != AGAIN:
        return _enter(menus, menus.menus[target], opened)
    if asked >= menu.tries:
        return _enter(menus, menus.menus[menu.next], opened)
    prompts = menu.prompts if target == AGAIN else (menu.invalid or menu.prompts)
    return Ask(prompts, menu.timeout_s, _state(menu, asked + 1, opened))


def _enter(menus: Menus, menu: Menu, opened: int) -> Step:
    while isinstance(menu, HoursMenu):
        is_open = opened >> menus.hours_in_order().index(menu.hours) & 1
        menu = menus.menus[menu.next if is_open else menu.closed]
    match menu:
        case AskMenu():
            return Ask(menu.prompts, menu.timeout_s, _state(menu, 1, opened))
        case SayMenu():
            return Say(menu.prompts, _state(menu, 1, opened))
        case PersonMenu():
            return Enqueue(menu.groups, menu.language)
        case EndMenu():
            return Hangup(menu.prompts, menu.reason)


def _state(menu: AskMenu | SayMenu, asked: int, opened: int) -> str:
    return f"{menu.name}.{asked}.{opened:x}"


def longest_walk(menus: Menus, name: str) -> int:
    """The most steps a caller can be kept in from menu `name`, the last included.  Accepted menus only."""

    @cache
    def steps(at: str) -> int:
        menu = menus.menus[at]
        onward = max((steps(target) for _, target in menu.targets()), default=0)
        match menu:
            case AskMenu():
                return menu.tries + onward
            case HoursMenu():
                return onward
            case _:
                return 1 + onward

    return steps(name)

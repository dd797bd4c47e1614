"""Our verbs send what pyst2's verbs send, and let nothing through that the dialplan could misread."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asterisk.agi import AGI, AGIUsageError
from hypothesis import given
from hypothesis import strategies as st

from agi.channel import Channel
from agi.request import AgiReply


class Notebook:
    """Stands where the request stands and writes down each command line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.headers: dict[str, str] = {}

    async def command(self, line: str, *, timeout_s: float | None = None) -> AgiReply:
        self.lines.append(line)
        return AgiReply(200, "1", "v")


class PystNotebook(AGI):  # type: ignore[misc]
    """pyst2's own vocabulary, its command lines written down instead of sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def execute(self, command: str, *args: Any) -> dict[str, Any]:
        self.lines.append(" ".join([command.strip(), *map(str, args)]).strip())
        return {"result": ("1", "v")}


async def test_verbs_send_the_lines_of_pyst2() -> None:
    ours, theirs = Notebook(), PystNotebook()
    channel = Channel(ours)  # type: ignore[arg-type]
    await channel.answer()
    await channel.hangup()
    await channel.set_variable("HL_STATE", "main.1")
    await channel.get_variable("HL_STATE")
    await channel.appexec("MSet", "A=1")
    await channel.channel_status()
    theirs.answer()
    theirs.hangup()
    theirs.set_variable("HL_STATE", "main.1")
    theirs.get_variable("HL_STATE")
    theirs.appexec("MSet", "A=1")
    theirs.channel_status()
    assert [_plain(line) for line in ours.lines] == [_plain(line) for line in theirs.lines]


def _plain(line: str) -> str:
    """Quotes are AGI's own business: a word is the same with and without them."""
    return line.replace('"', "")


@given(st.text(max_size=60))
def test_no_value_can_leave_its_quotes(value: str) -> None:
    notebook = Notebook()
    asyncio.run(Channel(notebook).set_variable("X", value))  # type: ignore[arg-type]
    line = notebook.lines[0].removeprefix("SET VARIABLE X ")
    assert "\n" not in line and "\r" not in line
    assert line[0] == line[-1] == '"'
    inside = line[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inside
    assert not inside.endswith("\\")


@pytest.mark.parametrize(
    "value", ["a,b", "${SHELL(id)}", 'say "x"', "a b", "a\nb", "$[1+1]", "a;b", "a|b", "赤峰"]
)
async def test_what_the_dialplan_could_misread_is_refused(value: str) -> None:
    notebook = Notebook()
    with pytest.raises(AGIUsageError):
        await Channel(notebook).set_variables({"HL_SAY": value})  # type: ignore[arg-type]
    assert notebook.lines == []


@pytest.mark.parametrize("name", ["", "A B", "A=1,B", "SHELL(id)", "1A", "A\n"])
async def test_a_variable_has_a_name(name: str) -> None:
    with pytest.raises(AGIUsageError):
        await Channel(Notebook()).set_variable(name, "x")  # type: ignore[arg-type]


async def test_the_last_variable_is_set_last() -> None:
    notebook = Notebook()
    await Channel(notebook).set_variables({"HL_SEAT": "1001", "HL_NEXT": "dial"})  # type: ignore[arg-type]
    assert notebook.lines == ['EXEC MSet "HL_SEAT=1001,HL_NEXT=dial"']

"""AMI text: parsing one message, and refusing values that would forge another one."""

from collections.abc import Iterator, Mapping

from .errors import BadHeader

EOL = "\r\n"
Headers = Mapping[str, str]

# Every leg inherits it (dialplan `__HL_CALL`), so legs that Asterisk has not linked yet are found too.
CALL_VARIABLE = "HL_CALL"
# Whose leg a channel is, where its name does not tell: a seat's extension.
LEG_VARIABLE = "HL_LEG"

# Asterisk's own input buffer is 1025 bytes a line (main/manager.c); a longer line is discarded unanswered.
LONGEST_LINE = 1000
_BREAKS = ("\r", "\n", "\0")


class Block(Headers):
    """One message, read where it lies: an event has forty lines, of which eight are wanted.

    Keys as from `parse`. A header that appears twice counts once, the first time.
    """

    __slots__ = ("_text",)

    def __init__(self, block: str) -> None:
        self._text = f"{EOL}{block}{EOL}"

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]  # never None here
        start = f"{EOL}{key}: "
        if key[-1] == ")":
            kind, _, variable = key[:-1].partition("(")
            start = f"{EOL}{kind}: {variable}="
        text = self._text
        at = text.find(start)
        if at < 0:
            return default
        at += len(start)
        return text[at : text.find(EOL, at)]

    def __getitem__(self, key: str) -> str:
        missing = EOL
        value = self.get(key, missing)
        if value is missing:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(parse(self._text))

    def __len__(self) -> int:
        return len(parse(self._text))


def parse(block: str) -> dict[str, str]:
    """One message without its blank line → all its headers.

    `ChanVariable: HL_CALL=x` repeats, so it becomes the key `ChanVariable(HL_CALL)`; likewise with
    a prefix (`DestChanVariable`). A line without a colon is left out.
    """
    headers: dict[str, str] = {}
    for line in block.split(EOL):
        key, colon, value = line.partition(": ")
        if not colon:
            continue
        if key.endswith("ChanVariable"):
            variable, _, value = value.partition("=")
            key = f"{key}({variable})"
        headers.setdefault(key, value)
    return headers


def variables(headers: Headers, prefix: str = "") -> dict[str, str]:
    """The channel variables (manager.conf `channelvars`) that a message carried."""
    start = f"{prefix}ChanVariable("
    return {key[len(start) : -1]: value for key, value in headers.items() if key.startswith(start)}


def number(headers: Headers, key: str) -> str:
    """A caller's number or name; Asterisk writes `<unknown>` for none."""
    value = headers.get(key, "")
    return "" if value == "<unknown>" else value


def check_header(key: str, value: str) -> None:
    """Raises BadHeader for anything that would end the line early or be cut off by Asterisk."""
    if any(mark in key or mark in value for mark in _BREAKS):
        raise BadHeader(f"header {key!r}: line break or NUL in the value")
    if len(f"{key}: {value}".encode()) > LONGEST_LINE:
        raise BadHeader(f"header {key!r}: longer than {LONGEST_LINE} bytes")

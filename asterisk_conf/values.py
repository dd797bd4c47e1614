"""What may stand in an Asterisk file.  Each value is checked where it enters the plan; nothing deeper checks
again, and nothing that could start a comment, a new line, a new section or a `${}` ever reaches a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path

from asterisk_conf.fault import Fault, PlanRefused

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
DIGITS = re.compile(r"[0-9]{2,20}")
GROUP = re.compile(r"[a-z0-9_-]{1,32}")
EXTENSION = re.compile(r"[1-9][0-9]{2,5}")
SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{8,128}")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
MODULE = re.compile(r"[a-z][a-z0-9_]{1,60}\.so")
PATH = re.compile(r"/[\w./@+~-]*")  # nothing that the dialplan splits at or expands
TEXT = re.compile(r"[^\x00-\x1f\x7f;$\\\"',|<>&=\[\]{}()]{0,40}")


class Door:
    """Notes every fault of one record, then refuses it.  `where` prefixes the keys: `trunks.carrier.`"""

    def __init__(self, file: str, where: str = "") -> None:
        self._file = file
        self._where = where
        self.faults: list[Fault] = []

    def fault(self, fault_id: str, key: str, value: object, remedy: str) -> None:
        self.faults.append(Fault(fault_id, self._file, self._where + key, _shown(value), remedy))

    def matches(self, pattern: re.Pattern[str], key: str, value: object, remedy: str) -> None:
        if not (isinstance(value, str) and pattern.fullmatch(value)):
            self.fault("bad_value", key, value, remedy)

    def name(self, key: str, value: object) -> None:
        self.matches(NAME, key, value, "用小写字母开头，只含小写字母、数字和连字符，最长31个字符")

    def text(self, key: str, value: object) -> None:
        self.matches(TEXT, key, value, "最长40个字，不含控制字符和 ; $ \\ \" ' , | < > & = 及括号")

    def secret(self, key: str, value: object) -> None:
        if not (isinstance(value, str) and SECRET.fullmatch(value)):
            self.fault("bad_secret", key, "***", "密码8到128位，只用字母、数字和 . _ ~ + / = -")

    def port(self, key: str, value: object) -> None:
        self.number(key, value, 1, 65535)

    def number(self, key: str, value: object, low: int, high: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault("out_of_range", key, value, f"写一个 {low} 到 {high} 的整数")

    def host(self, key: str, value: object) -> None:
        if not (isinstance(value, str) and (_parses(ip_address, value) or HOST.fullmatch(value))):
            self.fault("bad_host", key, value, "写IP地址或主机名，例如 10.0.0.8")

    def address(self, key: str, value: object) -> None:
        if not (isinstance(value, str) and _parses(ip_address, value)):
            self.fault("bad_address", key, value, "写IP地址，例如 127.0.0.1")

    def networks(self, key: str, values: Iterable[object]) -> None:
        for place, value in enumerate(values):
            if not (isinstance(value, str) and _parses(ip_network, value)):
                remedy = "写IP地址或网段，例如 10.0.0.8 或 10.0.0.0/24"
                self.fault("bad_network", f"{key}[{place}]", value, remedy)

    def path(self, key: str, value: object) -> None:
        if not isinstance(value, Path) or not PATH.fullmatch(str(value)):
            self.fault("bad_path", key, value, "写绝对路径，只含文字、数字和 . / @ + ~ _ -，不含空格")

    def unique(self, key: str, values: Iterable[object]) -> None:
        seen: set[object] = set()
        for value in values:
            if value in seen:
                self.fault("duplicate", key, value, f"{value} 写了两次，只留一个")
            seen.add(value)

    def close(self) -> None:
        if self.faults:
            raise PlanRefused(self.faults)


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def _shown(value: object) -> str:
    """Short, and without the control characters a terminal might obey."""
    return "".join(c if c.isprintable() else "�" for c in str(value))[:80]

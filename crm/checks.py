"""Values from a form, checked at the door: each error names the field in Chinese, and the value."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.errors import FieldInvalid, VersionConflict
from crm.numbers import to_text


class Form:
    """One form being read.  `labels`: field → its name in Chinese; an unknown field is refused."""

    def __init__(self, values: Mapping[str, Any], labels: Mapping[str, str]) -> None:
        self._labels = labels
        self.values = dict(values)
        for name in values:
            if name not in labels:
                raise FieldInvalid(f"没有可填写的字段“{str(name)[:40]}”", field=str(name)[:40])

    def text(self, name: str, longest: int, *, needed: bool = True) -> None:
        if name not in self.values:
            return
        value = self.values[name]
        if not isinstance(value, str):
            raise self.wrong(name, "应为文字")
        if len(value) > longest:
            raise self.wrong(name, f"最多 {longest} 字，现为 {len(value)} 字")
        self.values[name] = to_text(value, longest)
        if needed and not self.values[name]:
            raise self.wrong(name, "不能为空")

    def whole(self, name: str, least: int, most: int, *, none: bool = False) -> None:
        if name not in self.values:
            return
        value = self.values[name]
        if value is None and none:
            return
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(name, f"应为 {least} 至 {most} 之间的整数")

    def one_of(self, name: str, allowed: Collection[str], *, none: bool = False) -> None:
        if name not in self.values:
            return
        value = self.values[name]
        if value is None and none:
            return
        if not isinstance(value, str) or value not in allowed:
            raise self.wrong(name, f"只能是：{'、'.join(sorted(allowed))}")

    def truth(self, name: str) -> None:
        if name in self.values and not isinstance(self.values[name], bool):
            raise self.wrong(name, "只能是“是”或“否”")

    def wrong(self, name: str, why: str) -> FieldInvalid:
        """The error for a field of this form."""
        value = self.values.get(name)
        return FieldInvalid(f"“{self._labels[name]}”{why}", field=name, value=str(value)[:80])


def same_version(what: str, current: int, given: int) -> None:
    """Raises VersionConflict unless the row is still as it was read."""
    if current != given:
        raise VersionConflict(f"{what}已被他人修改，请重新载入后再保存", current=current)

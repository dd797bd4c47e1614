"""pydantic's findings in the words of a form: which field, what is wrong, how to put it right."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from hotline_app.desk.problems import Problem

_SECRET = frozenset({"password", "caller", "number", "token"})

_DETAILS = {
    "missing": ("缺少必填项", "请填写此项"),
    "extra_forbidden": ("没有这一项", "请删去此项或核对拼写"),
    "string_type": ("应为文字", "请填写文字"),
    "string_too_short": ("内容太短", "至少 {min_length} 个字"),
    "string_too_long": ("内容太长", "最多 {max_length} 个字"),
    "string_pattern_mismatch": ("格式不正确", "请按规定格式填写"),
    "literal_error": ("不在可选范围内", "只能是 {expected}"),
    "enum": ("不在可选范围内", "只能是 {expected}"),
    "int_type": ("应为整数", "请填写整数"),
    "int_parsing": ("应为整数", "请填写整数"),
    "int_from_float": ("应为整数", "请填写整数"),
    "bool_type": ("应为是或否", "请填写 true 或 false"),
    "bool_parsing": ("应为是或否", "请填写 true 或 false"),
    "greater_than_equal": ("数值太小", "不小于 {ge}"),
    "less_than_equal": ("数值太大", "不大于 {le}"),
    "datetime_from_date_parsing": ("时间格式不正确", "请用 ISO 8601,如 2026-11-23T09:30:00+08:00"),
    "datetime_parsing": ("时间格式不正确", "请用 ISO 8601,如 2026-11-23T09:30:00+08:00"),
    "timezone_aware": ("时间缺少时区", "请写明时区，如 2026-11-23T09:30:00+08:00"),
    "model_attributes_type": ("应为一个 JSON 对象", "请用花括号包住各字段"),
    "model_type": ("应为一个 JSON 对象", "请用花括号包住各字段"),
}


def problem(error: ValidationError) -> Problem:
    """The first finding as a problem; a body that is no JSON at all is `malformed`."""
    first = error.errors(include_url=False)[0]
    kind = first["type"]
    if kind == "json_invalid":
        return Problem("malformed", "请求内容不是有效的 JSON", remedy="请检查引号、逗号与编码（UTF-8）")
    # Where a field may be of several kinds, pydantic adds the kind it tried last: no field of the form.
    name = ".".join(str(part) for part in first["loc"] if "[" not in str(part)) or None
    detail, remedy = _DETAILS.get(kind, ("填写有误", "请核对此项的格式"))
    context: dict[str, Any] = first.get("ctx", {})
    return Problem(
        "invalid",
        f"{name}:{detail}" if name else detail,
        field=name,
        value=None if name in _SECRET or kind == "missing" else _shown(first.get("input")),
        remedy=remedy.format_map(_Blank(context)),
    )


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return str(value)

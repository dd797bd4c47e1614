"""The ticket's form: which fields a person fills in, what each may hold, what registering requires."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.errors import FieldInvalid
from crm.numbers import to_text

# The scope of the hotline and the kinds of demand, from the notice (经济调节…等 × 咨询…).
FIELDS = ("经济调节", "市场监管", "社会管理", "公共服务", "生态环境保护", "其他")
KINDS = ("咨询", "求助", "投诉", "举报", "意见建议")

LABELS = {
    "caller_name": "来电人姓名",
    "region_code": "所属旗县区",
    "address": "详细地址",
    "field": "诉求领域",
    "kind": "诉求类型",
    "title": "标题",
    "content": "诉求内容",
    "urgent": "紧急",
    "confidential": "保密",
    "language": "语种",
}
REQUIRED = ("field", "kind", "title", "content", "region_code")
_LONGEST = {"caller_name": 64, "address": 300, "title": 200, "content": 20_000, "language": 16}


def checked(form: Mapping[str, Any], regions: Collection[str]) -> dict[str, Any]:
    """The form's values, cleaned.  Raises FieldInvalid, naming the field in Chinese."""
    return {name: _value(name, value, regions) for name, value in form.items()}


def _value(name: str, value: Any, regions: Collection[str]) -> Any:
    label = LABELS.get(name)
    if label is None:
        raise FieldInvalid(f"工单没有可填写的字段“{name[:40]}”", field=name[:40])
    if name in ("urgent", "confidential"):
        if not isinstance(value, bool):
            raise FieldInvalid(f"“{label}”只能是“是”或“否”", field=name, value=str(value)[:80])
        return value
    if value is not None and not isinstance(value, str):
        raise FieldInvalid(f"“{label}”应为文字", field=name, value=str(value)[:80])
    if name in ("field", "kind", "region_code", "language") and not value:
        return None
    text = value or ""
    allowed: Collection[str] | None = {"field": FIELDS, "kind": KINDS, "region_code": regions}.get(name)
    if allowed is not None:
        if text not in allowed:
            raise FieldInvalid(f"“{label}”的取值不在可选范围内", field=name, value=text[:80])
        return text
    longest = _LONGEST[name]
    if len(text) > longest:
        raise FieldInvalid(f"“{label}”最多 {longest} 字，现为 {len(text)} 字", field=name)
    if name == "content":
        # Paragraphs are kept; everything else that is not text goes.
        return "\n".join(to_text(row, longest) for row in text.splitlines())
    return to_text(text, longest)


def complete(ticket: object) -> None:
    """Raises FieldInvalid for the first required field that is empty."""
    for name in REQUIRED:
        value = getattr(ticket, name)
        if value is None or not str(value).strip():
            raise FieldInvalid(f"请填写“{LABELS[name]}”后再登记", field=name)

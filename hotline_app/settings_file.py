"""Reads `hotline.toml` and HOTLINE_* variables into `Values`; a fault names file, key, value and remedy."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError, create_model
from pydantic_settings import BaseSettings, EnvSettingsSource
from pydantic_settings.exceptions import SettingsError

from hotline_app.node_places import collisions
from hotline_app.settings import Values

PREFIX = "HOTLINE_"
# Read by ./hotline and asterisk_conf.obtain, not by this file.
_OTHERS = frozenset({"HOTLINE_CACHE", "HOTLINE_IGNORE_SYSTEM", "HOTLINE_PYTHON"})
DEFAULT_FILE = Path(__file__).resolve().parent.parent / "hotline.toml"


@dataclass(frozen=True)
class ConfigFault:
    """One thing to put right: where it is, what stands there, what to do (Chinese, then English)."""

    file: str
    key: str
    value: str
    remedy: str

    def __str__(self) -> str:
        shown = f" = {self.value}" if self.value else ""
        return f"{self.file}：{self.key}{shown} → {self.remedy}"


class ConfigRefused(Exception):
    """The configuration cannot be used; `faults` holds every fault that was found."""

    def __init__(self, faults: list[ConfigFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def load(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Values:
    """The validated configuration: variables win over the file, the file over the defaults.

    Without `file` the repository's own hotline.toml is read if it is there.  Raises ConfigRefused.
    """
    chosen = file if file is not None else DEFAULT_FILE
    if file is not None and not file.is_file():
        remedy = "文件不存在，检查 --config 的路径 / no such file: check --config"
        raise ConfigRefused([ConfigFault(str(file), "--config", "", remedy)])
    written = _parse(chosen) if chosen.is_file() else {}
    return validated(written, chosen.name, os.environ if environment is None else environment)


def validated(written: dict[str, Any], name: str, environment: Mapping[str, str]) -> Values:
    """`written` (the file's tables) and the variables, checked.  Raises ConfigRefused."""
    ours = {key: value for key, value in environment.items() if key.upper().startswith(PREFIX)}
    stray = _stray_variables(ours)
    if stray:
        raise ConfigRefused(stray)
    try:
        above = _variables(ours)
    except SettingsError as error:
        remedy = "列表和表要写成 JSON，例如 HOTLINE_TRUNKS='[{...}]' / lists and tables are written as JSON"
        raise ConfigRefused([ConfigFault("环境变量", str(error), "", remedy)]) from None
    try:
        values = Values.model_validate(_laid_over(written, above))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        raise ConfigRefused([_told(dict(p), name, written, above) for p in problems]) from None
    if faults := [*_unknown_trunks(values, name), *_colliding_nodes(values, name)]:
        raise ConfigRefused(faults)
    return values


def _colliding_nodes(values: Values, name: str) -> list[ConfigFault]:
    return [ConfigFault(name, key, value, remedy) for key, value, remedy in collisions(values)]


def _unknown_trunks(values: Values, name: str) -> list[ConfigFault]:
    """A route over a trunk that is not there would be found out by a citizen who is not called back."""
    known = values.trunk_names

    def remedy(trunk: str) -> str:
        advice = _alike(trunk, list(known)) if known else "，先用 [[trunks]] 写一条"
        return f"没有这条中继{advice} / unknown trunk"

    return [
        ConfigFault(
            name,
            f'numbers.routes."{digits}".trunk',
            json.dumps(route.trunk),
            remedy(route.trunk),
        )
        for digits, route in values.numbers.routes.items()
        if route.trunk not in known
    ]


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        remedy = f"第 {error.start} 字节不是 UTF-8，另存为 UTF-8 / not UTF-8 there: save it as UTF-8"
        raise ConfigRefused([ConfigFault(str(file), "编码", "", remedy)]) from None
    except tomllib.TOMLDecodeError as error:
        remedy = f"TOML 语法错误，改正该行 / TOML syntax: {error}"
        line = str(error).partition("(at line ")[2].partition(",")[0] or "末尾"
        raise ConfigRefused([ConfigFault(str(file), f"第 {line} 行", "", remedy)]) from None
    except OSError as error:
        remedy = f"无法读取：{error.strerror} / cannot be read"
        raise ConfigRefused([ConfigFault(str(file), "", "", remedy)]) from None


def _variables(ours: Mapping[str, str]) -> dict[str, Any]:
    """The variables as tables, by pydantic-settings' rules: `__` goes one level down, lists are JSON."""
    fields: dict[str, Any] = {
        name: (field.annotation, field.default) for name, field in Values.model_fields.items()
    }
    shape = create_model("Variables", __base__=BaseSettings, **fields)

    class Given(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            return {key.lower(): value for key, value in ours.items()}

    return dict(Given(shape, env_prefix=PREFIX, env_nested_delimiter="__")())


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _laid_over(old, value) if both and old is not None else value
    return merged


def _stray_variables(ours: Mapping[str, str]) -> list[ConfigFault]:
    faults = []
    for key in sorted(set(ours) - _OTHERS):
        section = key.upper().removeprefix(PREFIX).split("__")[0].lower()
        if section not in Values.model_fields:
            remedy = f"没有这一节{_alike(section, list(Values.model_fields))} / no such section"
            faults.append(ConfigFault("环境变量", key, "", remedy))
    return faults


def _alike(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"，是不是 {close[0]}？(did you mean {close[0]}?)" if close else f"，可用：{'、'.join(known)}"


_REMEDIES = {
    "int_parsing": "写一个整数 / write a whole number",
    "int_type": "写一个整数 / write a whole number",
    "int_from_float": "写一个整数 / write a whole number",
    "bool_parsing": "写 true 或 false / write true or false",
    "bool_type": "写 true 或 false / write true or false",
    "string_type": "写成带引号的文字 / write a quoted text",
    "missing": "缺少这一项，请补上 / this key is missing: add it",
    "tuple_type": "写成列表 [ … ] / write a list",
    "dict_type": "写成一节 [节名] / write a table",
    "model_type": "写成一节 [节名] / write a table",
}


def _told(
    problem: dict[str, Any], name: str, written: dict[str, Any], from_variables: dict[str, Any]
) -> ConfigFault:
    place: tuple[int | str, ...] = problem["loc"]
    kind, limits = problem["type"], problem.get("ctx", {})
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    if kind == "extra_forbidden":
        remedy = f"没有这个键{_alike(str(place[-1]), _keys_at(place[:-1]))} / unknown key"
    elif kind == "literal_error":
        remedy = f"只能是 {limits['expected'].replace(' or ', ', ')} / must be one of these"
    elif kind in ("greater_than_equal", "less_than_equal"):
        word, limit = ("至少", limits.get("ge")) if kind.startswith("g") else ("最多", limits.get("le"))
        remedy = f"{word} {limit} / must be {'at least' if limit == limits.get('ge') else 'at most'} {limit}"
    elif kind == "string_pattern_mismatch":
        remedy = f"写法不对，应符合 {limits['pattern']} / does not have the right form"
    elif kind == "value_error":
        remedy = f"值不可用 / {limits['error']}"
    else:
        remedy = _REMEDIES.get(kind, f"值不可用 / {problem['msg']}")
    where = "环境变量" if _holds(from_variables, place) and not _holds(written, place) else name
    secret = any(str(part) in ("secret", "url") for part in place)
    shown = "***" if secret else json.dumps(problem["input"], ensure_ascii=False, default=str)[:80]
    return ConfigFault(where, key, "" if kind == "missing" else shown, remedy)


def _holds(tables: Any, place: tuple[int | str, ...]) -> bool:
    for part in place:
        if isinstance(tables, dict) and part in tables:
            tables = tables[part]
        elif isinstance(tables, list) and isinstance(part, int):
            tables = tables[part] if part < len(tables) else None
        else:
            return False
    return True


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """The keys that are known at this place of the file."""
    model: type[BaseModel] = Values
    for part in (p for p in place if isinstance(p, str)):
        kind = model.model_fields[part].annotation
        kind = (get_args(kind) or (kind,))[0]
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return []
        model = kind
    return list(model.model_fields)

"""Checks JSON against the part of JSON Schema that pydantic writes, enough for this document."""

from __future__ import annotations

import re
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> list[str]:
    """Where the value breaks the schema; an empty list when it keeps it."""
    if "$ref" in schema:
        node: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        return faults(value, node, document, at)
    if "anyOf" in schema:
        tries = [faults(value, choice, document, at) for choice in schema["anyOf"]]
        return [] if any(not found for found in tries) else [f"{at}: none of {schema['anyOf']}"]
    found: list[str] = []
    kind = schema.get("type")
    if kind is not None:
        fits = isinstance(value, _TYPES[kind]) and not (kind != "boolean" and isinstance(value, bool))
        if not fits:
            return [f"{at}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} not in {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [f"{at}.{name}: missing" for name in schema.get("required", []) if name not in value]
        extra = schema.get("additionalProperties")
        for name, item in value.items():
            if name in properties:
                found += faults(item, properties[name], document, f"{at}.{name}")
            elif isinstance(extra, dict):
                found += faults(item, extra, document, f"{at}.{name}")
            elif properties and extra is not True:
                found.append(f"{at}.{name}: not in the document")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            found += faults(item, schema["items"], document, f"{at}[{index}]")
    return found

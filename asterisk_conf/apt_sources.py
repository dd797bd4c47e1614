"""Where this machine's apt gets its packages: the mirror and key that are already trusted here.

Standard library only: this runs with the system's Python, before there is a virtual environment.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One mirror of the machine's apt: address, suites, components and the options that make it trusted."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)


class NoMirror(Exception):
    """The machine's apt names no usable mirror; the message says what to do."""


def os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    """The keys of /etc/os-release (ID, VERSION_CODENAME, ...)."""
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and key.strip().isidentifier():
            found[key.strip()] = "".join(shlex.split(value))
    return found


def _one_line(text: str) -> list[Source]:
    found = []
    for line in text.splitlines():
        matched = re.match(r"^\s*deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<rest>\S.*)$", line)
        if not matched:
            continue
        words = matched["rest"].split("#")[0].split()
        if len(words) < 2:
            continue
        options = dict(pair.split("=", 1) for pair in (matched["options"] or "").split() if "=" in pair)
        found.append(
            Source(words[0], (words[1],), tuple(words[2:]), {k.lower(): v for k, v in options.items()})
        )
    return found


def _deb822(text: str) -> list[Source]:
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t") and key:
                fields[key] += "\n" + line
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        enabled = fields.get("enabled", "yes").lower() not in ("no", "false")
        if not enabled or "deb" not in fields.get("types", "").split():
            continue
        options = {key: fields[key] for key in ("signed-by", "trusted") if fields.get(key)}
        suites, components = (
            tuple(fields.get("suites", "").split()),
            tuple(fields.get("components", "").split()),
        )
        found += [Source(uri, suites, components, options) for uri in fields.get("uris", "").split()]
    return found


def machine_sources(etc_apt: Path = Path("/etc/apt")) -> list[Source]:
    """Every binary package source that the machine's apt is set up with, in apt's own order."""
    found: list[Source] = []
    main = etc_apt / "sources.list"
    if main.is_file():
        found += _one_line(main.read_text(encoding="utf-8", errors="replace"))
    parts = etc_apt / "sources.list.d"
    for file in sorted(parts.iterdir()) if parts.is_dir() else []:
        if file.suffix == ".list":
            found += _one_line(file.read_text(encoding="utf-8", errors="replace"))
        elif file.suffix == ".sources":
            found += _deb822(file.read_text(encoding="utf-8", errors="replace"))
    return found


def distribution_source(codename: str, sources: list[Source]) -> Source:
    """The machine's mirror of its own distribution; raises NoMirror if it has none."""
    for source in sources:
        if codename in source.suites and "main" in source.components:
            return source
    raise NoMirror(
        f"本机 apt 没有 {codename} 的软件源，请在 /etc/apt/sources.list 里配置一个 / "
        f"apt on this machine has no source for {codename}: add one to /etc/apt/sources.list"
    )


def all_of(codename: str, sources: list[Source]) -> list[Source]:
    """The mirror of the distribution together with its updates and security suites."""
    wanted = (codename, f"{codename}-updates", f"{codename}-security")
    narrowed = [
        Source(s.uri, tuple(x for x in s.suites if x in wanted), s.components, s.options) for s in sources
    ]
    distribution_source(codename, sources)
    return [s for s in narrowed if s.suites and "main" in s.components]


def as_lines(source: Source, suites: tuple[str, ...], components: tuple[str, ...], keys: Path) -> str:
    """The source as `sources.list` lines for other suites; a key written inside the source goes to `keys`."""
    options = dict(source.options)
    options.pop("arch", None)
    signed_by = options.get("signed-by", "")
    if "BEGIN PGP" in signed_by:
        keys.mkdir(parents=True, exist_ok=True)
        key = keys / "mirror.asc"
        lines = (line.strip() for line in signed_by.splitlines())
        key.write_text(
            "\n".join("" if line == "." else line for line in lines).strip() + "\n", encoding="utf-8"
        )
        options["signed-by"] = str(key)
    elif signed_by:
        options["signed-by"] = ",".join(signed_by.replace(",", " ").split())
    shown = " ".join(f"{key}={value}" for key, value in options.items())
    prefix = f"deb [{shown}]" if shown else "deb"
    return "".join(f"{prefix} {source.uri} {suite} {' '.join(components)}\n" for suite in suites)

"""Plan in, Asterisk's files out: whole or not at all, each file replaced only when its text changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asterisk_conf.ami_rights import RIGHTS
from asterisk_conf.modules import needed_modules
from asterisk_conf.plan import CONFIG, MUSIC_CLASS, PLAIN_QUEUE, Plan
from asterisk_conf.values import Door

TEMPLATES = Path(__file__).parent / "templates"
SECRET_FILES = frozenset({"pjsip.conf", "manager.conf"})
FILE_MODE = 0o640
SECRET_MODE = 0o600
DIRECTORY_MODE = 0o750
SUFFIX = ".j2"


def render(plan: Plan, target: Path, *, templates: Sequence[Path] = ()) -> list[Path]:
    """Writes the node's files into `target` and makes its directories.  Returns the files that changed.

    `templates` are folders searched before the house's own (a test network brings its dialplan that way).
    Everything is rendered before the first file is touched: a template's error leaves `target` as it was.
    Raises jinja2 errors (a fault of a template, not of the plan) and OSError.
    """
    door = Door(CONFIG)
    door.path("target", target)
    door.close()
    files = rendered(plan, target, templates=templates)
    for directory in (target, *_made(plan)):
        directory.mkdir(parents=True, exist_ok=True, mode=DIRECTORY_MODE)
    changed = [target / name for name, text in files.items() if _replace(target / name, text)]
    for stale in sorted(set(target.glob("*.conf")) - {target / name for name in files}):
        stale.unlink()  # a file that we no longer render must not live on
        changed.append(stale)
    return changed


def rendered(plan: Plan, target: Path, *, templates: Sequence[Path] = ()) -> Mapping[str, str]:
    """File name → text, nothing written; `target` is where the files would lie."""
    folders = [*templates, TEMPLATES]
    environment = Environment(  # not HTML: values are checked where they enter the plan
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    names = sorted({path.name for folder in folders for path in folder.glob(f"*.conf{SUFFIX}")})
    words = _words(plan, target)
    return {name.removesuffix(SUFFIX): environment.get_template(name).render(words) for name in names}


def _words(plan: Plan, target: Path) -> dict[str, Any]:
    return {
        "plan": plan,
        "conf_dir": target,
        "ami_rights": RIGHTS,
        "directories": plan.directories,
        "features": plan.features,
        "ports": plan.ports,
        "modules": needed_modules(plan),
        "plain_queue": PLAIN_QUEUE,
        "music_class": MUSIC_CLASS,
        "cel_file": plan.cel_path.name,
    }


def _made(plan: Plan) -> tuple[Path, ...]:
    """The directories that are ours to make; Asterisk starts only when they exist."""
    places = plan.directories
    return (
        places.state,
        places.spool,
        places.run,
        places.log,
        plan.cel_path.parent,
        places.prompts,
        places.music,
        places.recordings,
    )


def _replace(path: Path, text: str) -> bool:
    """Atomically; True when the text was another (or the file's rights were wider than they should be)."""
    mode = SECRET_MODE if path.name in SECRET_FILES else FILE_MODE
    try:
        if path.read_text(encoding="utf-8") == text:
            path.chmod(mode)
            return False
    except FileNotFoundError:
        pass
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True

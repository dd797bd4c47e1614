"""Where made sounds lie: a cache by what they were made from, and the files that Asterisk plays."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

FILE_MODE = 0o640
DIRECTORY_MODE = 0o750


def digest(*parts: str | bytes) -> str:
    """A name for what is made from exactly these parts, in this order."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()[:32]


def made(cache: Path, key: str, make: Callable[[Path], None]) -> Path:
    """The cached file of `key`; `make` writes it (to a path it is given) only when it is not there yet."""
    done = cache / f"{key}.wav"
    if done.exists():
        return done
    cache.mkdir(parents=True, exist_ok=True, mode=DIRECTORY_MODE)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".making-") as folder:
        fresh = Path(folder) / "sound.wav"
        make(fresh)
        fresh.chmod(FILE_MODE)
        fresh.replace(done)
    return done


def put(source: Path, target: Path) -> bool:
    """Makes `target` a copy of `source`, at once as a whole: a caller who hears the old one hears it out.
    True when it was another."""
    if target.exists() and target.read_bytes() == source.read_bytes():
        return False
    target.parent.mkdir(parents=True, exist_ok=True, mode=DIRECTORY_MODE)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    os.close(handle)
    try:
        shutil.copyfile(source, name)
        Path(name).chmod(FILE_MODE)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True

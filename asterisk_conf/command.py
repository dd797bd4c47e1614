"""Outside programs: how they are started, and how their failing is told."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass


class ToolFailed(RuntimeError):
    """An outside program refused, was missing or took too long; the text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Command:
    """How an outside program is started: its argv so far, and its whole environment (None: ours)."""

    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None

    def run(self, *arguments: str, text: str = "", timeout_s: float = 60.0) -> str:
        """Feeds `text`, returns standard output.  Raises ToolFailed."""
        try:
            done = subprocess.run(
                [*self.argv, *arguments],
                input=text.encode(),
                env=None if self.env is None else dict(self.env),
                capture_output=True,
                timeout=timeout_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ToolFailed(f"{self.argv[0]}: {error}") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-300:]
            raise ToolFailed(f"{self.argv[-1]} ({done.returncode}): {said}")
        return done.stdout.decode(errors="replace")

"""No citizen's number in any log, whoever wrote it; ids and times stay readable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hotline_app.logs import mask
from tests.hotline_app.running import REPO


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13904760001", "139****0001"),
        ("from 13904760001 to 12345", "from 139****0001 to 12345"),
        ("+8613904760001", "+86139****0001"),
        ("008613904760001", "0086139****0001"),
        ("0476-8200000", "0476-***0000"),
        ("04768200000", "0476***0000"),
        ("sip:13904760001@127.0.0.2", "sip:139****0001@127.0.0.2"),
        ('"13904760001"', '"139****0001"'),
        ("node1-1764000000.12", "node1-1764000000.12"),
        ("1764000000123", "1764000000123"),
        ("20261123000001", "20261123000001"),
        ("127.0.0.1:15060", "127.0.0.1:15060"),
    ],
)
def test_numbers_are_masked_and_ids_are_not(text: str, shown: str) -> None:
    assert mask(text) == shown


_PROGRAM = """
import logging, sys
from pathlib import Path
import structlog
from hotline_app import logs
logs.configure(Path(sys.argv[1]), process="bridge0")
log = structlog.get_logger("test")
parts = [{"to": "0476-8200000"}]
log.info("call", caller="13904760001", parts=parts, call_id="node1-1764000000.12", n=13904760001)
logging.getLogger("elsewhere").warning("%s rang", "13904760001")
try:
    raise ValueError("13904760001 is odd")
except ValueError:
    log.exception("fault")
"""


def test_a_log_is_json_lines_without_a_number_in_them(tmp_path: Path) -> None:
    file = tmp_path / "bridge0.log"
    argv = [sys.executable, "-c", _PROGRAM, str(file)]
    subprocess.run(argv, cwd=REPO, check=True, timeout=60)
    text = file.read_text()
    assert "13904760001" not in text
    assert "8200000" not in text
    first, second, third = map(json.loads, text.splitlines())
    assert (first["process"], first["event"], first["call_id"]) == ("bridge0", "call", "node1-1764000000.12")
    assert (first["caller"], first["parts"]) == ("139****0001", [{"to": "0476-***0000"}])
    assert second["event"] == "139****0001 rang"
    assert "ValueError" in third["exception"]
    assert file.stat().st_mode & 0o077 == 0, "nobody else reads it"

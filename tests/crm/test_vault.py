"""Sealing, look-up hashes, the key file."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crm import Vault, VaultError, load_key


def test_a_sealed_text_opens_with_its_key_and_purpose_only(vault: Vault) -> None:
    sealed = vault.seal("13904760001", "number")
    assert b"1390476" not in sealed
    assert vault.unseal(sealed, "number") == "13904760001"
    assert vault.seal("13904760001", "number") != sealed
    for other, purpose in ((vault, "name"), (Vault(bytes(32)), "number")):
        with pytest.raises(VaultError):
            other.unseal(sealed, purpose)
    for broken in (b"", sealed[:-1], sealed[:20], b"\x02" + sealed[1:]):
        with pytest.raises(VaultError):
            vault.unseal(broken, "number")


def test_look_up_meets_only_under_one_key_and_purpose(vault: Vault) -> None:
    assert vault.lookup("+8613904760001") == vault.lookup("+8613904760001")
    assert vault.lookup("+8613904760001") != vault.lookup("+8613904760002")
    assert vault.lookup("+8613904760001") != Vault(bytes(32)).lookup("+8613904760001")
    assert vault.lookup("x", "token") != vault.lookup("x", "number")


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_key(path), range(16)))
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["key"]


def test_a_readable_or_cut_key_file_is_refused_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_key(path)
    path.chmod(0o640)
    with pytest.raises(VaultError, match="chmod 600"):
        load_key(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(VaultError, match="32"):
        load_key(path)

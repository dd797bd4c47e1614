"""Personal data at rest: sealed with AES-GCM, found again by a keyed hash."""

import hashlib
import hmac
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.errors import VaultError

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE = 12


class Vault:
    """Seals and opens texts; makes look-up hashes.  One 32-byte key, one derived key a purpose."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise VaultError(f"数据密钥应为 {KEY_BYTES} 字节，实际为 {len(key)} 字节")
        self._cipher = AESGCM(_derive(key, b"seal"))
        self._lookup_key = _derive(key, b"lookup")

    def seal(self, text: str, purpose: str) -> bytes:
        """Encrypt; the result opens only with the same `purpose` (a column or file kind)."""
        nonce = os.urandom(_NONCE)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> str:
        """Decrypt.  Raises VaultError when key, purpose or bytes do not fit together."""
        if sealed[:1] != _FORMAT:
            raise VaultError("加密数据的格式无法识别")
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, body, purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise VaultError("加密数据无法解开：密钥不符或数据已损坏") from error

    def lookup(self, text: str, purpose: str = "number") -> str:
        """A keyed hash (32 hex digits): equal texts meet, nobody without the key can guess them."""
        digest = hmac.digest(self._lookup_key, f"{purpose}\0{text}".encode(), hashlib.sha256)
        return digest[:16].hex()

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        """The vault of a key file; a missing file is made, readable by its owner alone (0600)."""
        return cls(load_key(path))


def load_key(path: Path) -> bytes:
    """The 32 bytes in `path`, made on first use.  Raises VaultError when others could read the file."""
    if not path.exists():
        _create_key(path)
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError(f"密钥文件 {path} 可被他人读取，请执行：chmod 600 {path}", field=str(path))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise VaultError(f"密钥文件 {path} 应为 {KEY_BYTES} 字节，请从备份恢复", field=str(path))
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, os.urandom(KEY_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        # link() refuses to replace: of two processes that start together, one key wins and both read it.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"hotline-" + purpose).derive(key)

"""A citizen's number on its way from the desk to a node's owner: Redis sees it sealed only."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from crm import Vault, VaultError

_PURPOSE = "order"


@dataclass(frozen=True, slots=True)
class NumberSeal:
    """Both ends have the same vault."""

    vault: Vault

    def seal(self, number: str) -> str:
        """As text that may stand in an order."""
        return base64.b64encode(self.vault.seal(number, _PURPOSE)).decode("ascii")

    def unseal(self, sealed: str) -> str:
        """Raises VaultError for anything that this house has not sealed."""
        try:
            return self.vault.unseal(base64.b64decode(sealed, validate=True), _PURPOSE)
        except binascii.Error as error:
            raise VaultError("加密数据的格式无法识别") from error

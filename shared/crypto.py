"""Secrets at rest: encrypted with a key that can be rotated."""

import hashlib
from typing import Annotated

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import AfterValidator, SecretStr


class SecretBox:
    """Encrypts with the first of several keys and decrypts with any (MultiFernet)."""

    def __init__(self, keys: SecretStr) -> None:
        """Take comma-separated Fernet keys, the newest first; ValueError when one is no key."""
        self._fernet = MultiFernet(
            [Fernet(key.strip()) for key in keys.get_secret_value().split(",")]
        )

    def seal(self, secret: SecretStr) -> bytes:
        """Ciphertext to store."""
        return self._fernet.encrypt(secret.get_secret_value().encode())

    def open(self, ciphertext: bytes) -> SecretStr:
        """The secret; ValueError when no key fits."""
        try:
            return SecretStr(self._fernet.decrypt(ciphertext).decode())
        except InvalidToken:
            msg = "no key opens this secret"
            raise ValueError(msg) from None

    def rotate(self, ciphertext: bytes) -> bytes:
        """The same secret under the newest key."""
        return self._fernet.rotate(ciphertext)


def derived_key(keys: SecretStr, purpose: str) -> bytes:
    """32 bytes for one purpose, out of the newest key; with another newest key they are others."""
    newest = keys.get_secret_value().split(",")[0].strip()
    return hashlib.blake2b(purpose.encode(), digest_size=32, key=newest.encode()).digest()


def _usable(keys: SecretStr) -> SecretStr:
    SecretBox(keys)
    return keys


# A setting: refused at start when one of the keys is none.
EncryptionKeys = Annotated[SecretStr, AfterValidator(_usable)]

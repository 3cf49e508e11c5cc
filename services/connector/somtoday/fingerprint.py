"""Pages of Somtoday told apart without keeping them."""

import hashlib

_SIZE = 32


def fingerprint(content: bytes) -> bytes:
    """The hash of a page (BLAKE2b, RFC 7693); to be kept only with a key, see `keyed`."""
    return hashlib.blake2b(content, digest_size=_SIZE).digest()


def keyed(found: bytes, key: bytes) -> str:
    """A fingerprint that only whoever has the key can compare with a page."""
    return hashlib.blake2b(found, digest_size=_SIZE, key=key).hexdigest()

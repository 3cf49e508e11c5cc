import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from shared.crypto import SecretBox


def _keys(*keys: bytes) -> SecretStr:
    return SecretStr(",".join(key.decode() for key in keys))


def test_a_rotated_secret_opens_with_the_new_key_alone() -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    sealed = SecretBox(_keys(old)).seal(SecretStr("geheim"))
    assert b"geheim" not in sealed
    rotated = SecretBox(_keys(new, old)).rotate(sealed)
    assert SecretBox(_keys(new)).open(rotated).get_secret_value() == "geheim"
    with pytest.raises(ValueError, match="no key opens"):
        SecretBox(_keys(old)).open(rotated)

from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from services.connector.application.rotate_secrets import rotate_secrets
from shared.crypto import SecretBox
from shared.database import Database
from tests.connector.conftest import new_product
from tests.connector.kurve import SECRET, Kurve


def new_key() -> str:
    return Fernet.generate_key().decode()


async def sealed(owner: Database) -> dict[str, bytes]:
    async with owner.transaction() as connection:
        rows = await connection.execute(text("SELECT code, somtoday_client_secret FROM product"))
        return {row.code: bytes(row.somtoday_client_secret) for row in rows}


async def put(owner: Database, secrets: dict[str, bytes]) -> None:
    statement = text("UPDATE product SET somtoday_client_secret = :secret WHERE code = :code")
    async with owner.transaction() as connection:
        for code, secret in secrets.items():
            await connection.execute(statement, {"code": code, "secret": secret})


@pytest.fixture
async def mine(alone: Kurve, owner: Database) -> AsyncIterator[list[str]]:
    """Two products of this test; those of other tests have its key until it is over."""
    codes = [alone.product, await new_product(alone.client)]
    box = SecretBox(alone.settings.encryption_keys)
    before = await sealed(owner)
    await put(owner, {code: box.seal(SecretStr(SECRET)) for code in before})
    yield sorted(codes)
    await put(owner, before)


async def test_after_a_rotation_the_old_key_can_be_taken_away(
    alone: Kurve, mine: list[str], owner: Database
) -> None:
    old, new = alone.settings.encryption_keys.get_secret_value(), new_key()
    before = await sealed(owner)
    both = SecretBox(SecretStr(f"{new},{old}"))
    for _ in range(2):
        assert set(mine) <= set(await rotate_secrets(owner, both))
    after = await sealed(owner)
    only_new = SecretBox(SecretStr(new))
    for code in mine:
        assert after[code] != before[code]
        assert only_new.open(after[code]).get_secret_value() == SECRET


async def test_a_secret_that_no_key_opens_is_named_and_none_is_changed(
    alone: Kurve, mine: list[str], owner: Database
) -> None:
    # The last by code: those before it were rotated already when it is met.
    last = max(await sealed(owner))
    await put(owner, {last: SecretBox(SecretStr(new_key())).seal(SecretStr(SECRET))})
    before = await sealed(owner)
    with pytest.raises(ValueError, match=f"opens the secret of {last}"):
        await rotate_secrets(owner, SecretBox(alone.settings.encryption_keys))
    assert await sealed(owner) == before
    assert len(mine) == 2

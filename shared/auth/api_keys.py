"""API keys: made once, shown once, stored as a hash.

A key is 256 random bits, so a plain SHA-256 is enough: there is nothing to guess
(OWASP Password Storage Cheat Sheet: slow hashes are for low-entropy secrets).
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from shared.auth.principal import ApiCaller, Scope
from shared.auth.tables import api_key
from shared.clock import now
from shared.database import Database
from shared.ids import new_id

KEY_PREFIX = "kpl_"
_RANDOM_BYTES = 32
# The function is owned by the schema's owner: a service may check a key, never list keys.
_CALLER = "SELECT id, name, scopes, product FROM api_key_caller(%s)"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def caller_of_key(database: Database, secret: str) -> ApiCaller | None:
    """Who holds this key, or None when it is unknown, expired or revoked; notes its use.

    One round trip, and none is saved: a key that is revoked ends at once.
    """
    rows = await database.run_alone(_CALLER, (_hash(secret),))
    if not rows:
        return None
    key_id, name, scopes, product = rows[0]
    return ApiCaller(key_id, name, frozenset(scopes), product)


async def create_api_key(
    database_url: str,
    *,
    name: str,
    scopes: list[str],
    product: str | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Store a new key with the schema owner's connection, and return it: the only time it shows.

    Raises:
        ValueError: a scope or the product does not exist.

    """
    secret = KEY_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    row = {
        "id": new_id(),
        "name": name,
        "key_hash": _hash(secret),
        "scopes": [Scope(scope).value for scope in scopes],
        "product": product,
        "expires_at": expires_at,
    }
    database = owner_database(database_url)
    try:
        async with database.transaction() as connection:
            await connection.execute(insert(api_key).values(row))
    except IntegrityError:
        msg = f"there is no product {product}"
        raise ValueError(msg) from None
    finally:
        await database.close()
    return secret


async def revoke_api_key(database_url: str, key_id: UUID) -> bool:
    """End a key at once; False when there is no such key that was still valid."""
    database = owner_database(database_url)
    statement = (
        update(api_key)
        .where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    try:
        async with database.transaction() as connection:
            return (await connection.execute(statement)).rowcount == 1
    finally:
        await database.close()


async def list_api_keys(database_url: str) -> list[dict[str, Any]]:
    """Every key without its hash, oldest first."""
    shown = [column for column in api_key.c if column.name != "key_hash"]
    database = owner_database(database_url)
    try:
        async with database.transaction() as connection:
            rows = await connection.execute(select(*shown).order_by(api_key.c.id))
            return [dict(row) for row in rows.mappings()]
    finally:
        await database.close()


def owner_database(database_url: str) -> Database:
    """A small pool with the owner's role, for commands that people run by hand."""
    scheme, _, rest = database_url.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        msg = "DATABASE_URL must be a postgresql:// URL"
        raise ValueError(msg)
    return Database(SecretStr(f"postgresql+psycopg://{rest}"), pool_size=1)

"""Do a write once per idempotency key, however often it is asked for.

The key's row is inserted in the caller's own transaction: a concurrent repeat waits for that
transaction at the primary key, and then finds the first answer or, after a rollback, goes on.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Header
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.tables import idempotency_key

_HEADER = Header(
    alias="Idempotency-Key",
    min_length=1,
    max_length=200,
    description="a repeat with the same key returns the first answer",
)
IdempotencyKey = Annotated[str | None, _HEADER]
# For a write that would count twice when it is sent twice and says nothing to tell it apart.
RequiredIdempotencyKey = Annotated[str, _HEADER]
_same = idempotency_key.c


async def first_answer(
    connection: AsyncConnection,
    *,
    service: str,
    caller: str,
    key: str | None,
    request: Any,  # noqa: ANN401 - any JSON value
    act: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """The answer of `act`, run only for the first use of a key; without a key it always runs.

    Raises:
        Refusal: idempotency_key_reused, when the key came before with another request.

    """
    if key is None:
        return await act()
    canonical = json.dumps(request, sort_keys=True, default=str)
    fingerprint = hashlib.sha256(canonical.encode()).digest()
    row = {"service": service, "caller": caller, "key": key}
    statement = insert_or_skip(idempotency_key).values(**row, fingerprint=fingerprint)
    inserted = await connection.execute(statement.on_conflict_do_nothing().returning(_same.key))
    where = (_same.service == service) & (_same.caller == caller) & (_same.key == key)
    if inserted.one_or_none() is None:
        known = select(_same.fingerprint, _same.answer).where(where)
        first = (await connection.execute(known)).one()
        if bytes(first.fingerprint) != fingerprint:
            raise Refusal(ErrorCode.IDEMPOTENCY_KEY_REUSED)
        return dict(first.answer)
    answer = await act()
    await connection.execute(update(idempotency_key).where(where).values(answer=answer))
    return answer

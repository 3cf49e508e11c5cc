"""Show ops what was given up, and try it again when they say so."""

from uuid import UUID

from services.connector.application.write_mails import SERVICE
from services.connector.store.koppelingen import ids_of_product
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.outbox.dead_letters import (
    DeadLetter,
    Subjects,
    find_dead_letters,
    retry_dead_letter,
)
from shared.queue import JobQueue


async def read_dead_letters(
    database: Database, *, only_product: str | None, after: UUID | None, limit: int
) -> tuple[list[DeadLetter], UUID | None]:
    """At most `limit` dead letters after a given one, and the last one's id when more follow."""
    async with database.transaction() as connection:
        found = await find_dead_letters(
            connection, SERVICE, subjects=_of(only_product), after=after, limit=limit + 1
        )
    shown = found[:limit]
    return shown, shown[-1].id if len(found) > limit else None


async def retry(
    database: Database, queue: JobQueue, entry_id: UUID, *, only_product: str | None
) -> DeadLetter:
    """Have a dead letter carried out after all; asking again changes nothing.

    Raises:
        Refusal: not_found, also for one of a product that the caller may not see.

    """
    async with database.transaction() as connection:
        found = await retry_dead_letter(connection, SERVICE, entry_id, subjects=_of(only_product))
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await queue.enqueue("drain_outbox", attempt=f"drain:{new_id()}")
    return found


def _of(only_product: str | None) -> Subjects | None:
    return None if only_product is None else ids_of_product(only_product)

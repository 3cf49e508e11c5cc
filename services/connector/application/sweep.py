"""Ask for every verification that is due, also those that the queue forgot."""

from services.connector.store.koppelingen import due_for_verification
from shared.clock import now
from shared.database import Database
from shared.queue import JobQueue

_AGAIN_SECONDS = 60


async def sweep(database: Database, queue: JobQueue) -> int:
    """Enqueue what is due; returns how many. A job that got lost is asked for again."""
    moment = now()
    async with database.transaction() as connection:
        due = await due_for_verification(connection, moment)
    # arq refuses an id that it still holds, also that of a job whose worker was killed.
    minute = int(moment.timestamp()) // _AGAIN_SECONDS
    for koppeling_id in due:
        attempt = f"verify:{koppeling_id}:{minute}"
        await queue.enqueue("verify_koppeling", str(koppeling_id), attempt=attempt)
    return len(due)

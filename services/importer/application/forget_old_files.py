"""Throw away what schools uploaded and what was wrong with it, when its time is over."""

from services.importer.store.problems import remove_problems, runs_with_old_problems
from services.importer.store.uploads import remove_expired_uploads
from shared.database import Database


async def forget_old_files(database: Database) -> None:
    """Remove files that waited too long, and bad rows that were kept long enough.

    Safe to repeat, and by several workers at once.
    """
    async with database.transaction() as connection:
        await remove_expired_uploads(connection)
        old = await runs_with_old_problems(connection)
    for run_id, school_id in old:
        async with database.transaction(school_id) as connection:
            await remove_problems(connection, run_id)

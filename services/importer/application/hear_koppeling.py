"""Do what the end of a koppeling asks of the importer, when the outbox brings it.

Nobody is archived by it: the school is asked what should happen with the people, and answers.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.koppeling_end import KoppelingMoved, question_after
from services.importer.domain.run import LIVE, RunState, Source
from services.importer.store.baselines import remove_baseline
from services.importer.store.koppeling_ends import find_question, lock_position, save_question
from services.importer.store.runs import forget_what_was_not_applied, move_run, problem_of, runs_in
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.outbox.drain import OutboxEntry
from shared.telemetry import get_logger

_VOID = "De koppeling met Somtoday is voorbij; wat nog niet was doorgevoerd, is weggegooid."
_ACTIVE_AGAIN = "De koppeling met Somtoday is weer actief; dit archiveren is niet meer aan de orde."


async def hear_koppeling(
    database: Database, product: str, answer_days: int, entry: OutboxEntry
) -> None:
    """Take in that a koppeling moved; a repeat, and what was overtaken, change nothing."""
    moved = _moved(entry)
    if moved.product != product:
        return
    async with database.transaction(moved.school_id) as connection:
        if await lock_position(connection, moved.school_id) >= moved.position:
            return
        question = await find_question(connection, moved.school_id)
        question = question_after(question, moved, answer_days)
        await save_question(connection, moved.school_id, moved.position, question)
        if question is None:
            await _void(connection, moved.school_id, Source.KOPPELING_END, _ACTIVE_AGAIN)
        if not moved.is_over:
            return
        # What is to be fixed may be what Somtoday said.
        for source in (Source.SOMTODAY, Source.RECONCILIATION):
            await _void(connection, moved.school_id, source, _VOID)
        await remove_baseline(connection, moved.school_id, Source.SOMTODAY)


async def _void(connection: AsyncConnection, school_id: UUID, source: Source, why: str) -> None:
    # An apply that is under way holds its run's row: it ends first, or it never commits.
    ended = {**problem_of(ErrorCode.KOPPELING_NOT_ACTIVE, why), "phase": None, "ended_at": now()}
    for run_id in await runs_in(connection, school_id, source, LIVE):
        if await move_run(connection, run_id, RunState.FAILED, ended):
            get_logger().info("import_voided", run=str(run_id))
    await forget_what_was_not_applied(connection, school_id, source)


def _moved(entry: OutboxEntry) -> KoppelingMoved:
    facts = entry.facts
    return KoppelingMoved(
        school_id=UUID(facts["school_id"]),
        product=facts["product"],
        to=facts["to"],
        at=datetime.fromisoformat(facts["at"]),
        position=facts["position"],
    )

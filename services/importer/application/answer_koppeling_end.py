"""Hear from a school what should become of its people, now that its koppeling is over."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.lease import Lease
from services.importer.application.start_import import ImportOrder, begin_run, once, queue_run
from services.importer.application.write_plan import Told, sealed, write_plan
from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.koppeling_end import (
    Answer,
    AskedSchool,
    Standing,
    latest_day,
    to_archive,
)
from services.importer.domain.run import ALL, BUSY, Run, RunState, Source
from services.importer.store.audit import write_audit
from services.importer.store.guard_rails import read_guard_rails
from services.importer.store.koppeling_ends import (
    count_from_somtoday,
    find_asked,
    keep_as_own,
    list_asked,
    save_answer,
)
from services.importer.store.roster import bump_version, lock_version, read_roster
from services.importer.store.runs import cancel_plan, find_run
from shared.clock import now, today
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.ids import new_id
from shared.queue import JobQueue

_ANSWERED = "De school gaf een ander antwoord; dit archiveren vervalt en er is niets gewijzigd."


@dataclass(frozen=True)
class GivenAnswer:
    """What a school answers: `roles` with archive only, `until` with wait only."""

    answer: Answer
    reason: str
    roles: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True)
class AnswerRules:
    """Seconds of a lease, and how many days after the end an answer may be put off at most."""

    lease_seconds: float
    most_days: int


async def read_koppeling_end(
    database: Database, school_id: UUID
) -> tuple[AskedSchool | None, dict[str, int]]:
    """The school's question, and how many active people of each role came from Somtoday."""
    async with database.transaction(school_id) as connection:
        found = await find_asked(connection, school_id)
        return found, await count_from_somtoday(connection, school_id)


async def read_koppeling_ends(
    database: Database, after: UUID | None, limit: int
) -> list[AskedSchool]:
    """The questions of all schools, for ops."""
    async with database.transaction() as connection:
        return await list_asked(connection, after=after, limit=limit)


async def answer_koppeling_end(
    database: Database,
    queue: JobQueue,
    rules: AnswerRules,
    order: ImportOrder,
    given: GivenAnswer,
    *,
    expected: frozenset[int] | None,
) -> AskedSchool:
    """Do what the school answers; archiving is a plan, and changes nothing before VERDER.

    Raises:
        Refusal: not_found (nothing is asked), koppeling_changed (it was answered, or the koppeling
            moved, since it was read), decision_not_possible (it is settled), invalid_request (a
            day out of bounds), import_running, idempotency_key_reused.

    """

    async def act() -> dict[str, Any]:
        asked = await _asked(connection, order.school_id, expected)
        run, kept = await _carry_out(connection, rules, order, asked, given)
        await _note(connection, order, given, run, kept)
        return {"run": None if run is None else str(run.id)}

    async with database.transaction(order.school_id) as connection:
        # With its school: ops answer for many, and a key used twice must not pass one by.
        request = {"school": order.school_id, "answer": asdict(given)}
        answer = await once(connection, order, request, act)
        found = await find_asked(connection, order.school_id)
        begun = answer["run"] and await find_run(connection, UUID(answer["run"]))
    if begun:
        await queue_run(queue, begun)
    assert found is not None  # noqa: S101 - what was answered is never deleted
    return found


async def _asked(
    connection: AsyncConnection, school_id: UUID, expected: frozenset[int] | None
) -> AskedSchool:
    asked = await find_asked(connection, school_id, lock=True)
    if asked is None or asked.question is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    if expected is not None and asked.revision not in expected:
        raise Refusal(ErrorCode.KOPPELING_CHANGED)
    if asked.standing is Standing.SETTLED:
        raise Refusal(ErrorCode.DECISION_NOT_POSSIBLE)
    if asked.run_state in BUSY:
        raise Refusal(ErrorCode.IMPORT_RUNNING)
    return asked


async def _carry_out(
    connection: AsyncConnection,
    rules: AnswerRules,
    order: ImportOrder,
    asked: AskedSchool,
    given: GivenAnswer,
) -> tuple[Run | None, tuple[UUID, ...]]:
    """What an answer does at once: the plan that it begins, and whom it made the school's own.

    A plan of archiving that waits is given up for another.
    """
    school_id = order.school_id
    if given.answer is Answer.ARCHIVE:
        run = Run(
            *(new_id(), school_id, Source.KOPPELING_END, RunState.REQUESTED, now()),
            choice=ALL,
            asked=given.roles,
        )
        await begin_run(connection, run, order.caller, rules.lease_seconds)
        return run, ()
    if asked.standing is Standing.IN_PLAN:
        await cancel_plan(connection, school_id, _ANSWERED, order.caller)
    if given.answer is Answer.KEEP:
        await lock_version(connection, school_id)
        kept = await keep_as_own(connection, school_id, now())
        await bump_version(connection, school_id)
        return None, kept
    assert asked.question is not None  # noqa: S101 - refused before
    last = latest_day(asked.question, rules.most_days)
    if given.until is None or not today() < given.until <= last:
        wrong = FieldError("until", f"kies een dag na vandaag, tot en met {last:%d-%m-%Y}")
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))
    return None, ()


async def _note(
    connection: AsyncConnection,
    order: ImportOrder,
    given: GivenAnswer,
    run: Run | None,
    kept: tuple[UUID, ...],
) -> None:
    values: dict[str, Any] = {
        "answer": given.answer,
        "reason": given.reason,
        "answered_by": order.caller,
        "answered_at": now(),
    }
    if run is not None:
        values |= {"run_id": run.id, "roles": list(given.roles)}
    if given.answer is Answer.WAIT:
        values |= {"answer_by": given.until, "reminded": []}
    await save_answer(connection, order.school_id, values)
    facts: dict[str, str | int] = {"answer": given.answer, "roles": ",".join(given.roles)}
    run_id = None if run is None else run.id
    entry = AuditEntry(
        *(order.caller, AuditAction.CHANGE, "koppeling_end", kept), run_id=run_id, facts=facts
    )
    await write_audit(connection, order.school_id, entry)


async def compute_archiving(lease: Lease, run: Run, problems_kept: timedelta) -> None:
    """Write the plan that archives whom the school named.

    Raises:
        LeaseLostError: another worker has the run now; nothing was written.

    """
    async with lease.transaction() as connection:
        roster = await read_roster(connection, lease.school_id)
        rails = await read_guard_rails(connection, lease.school_id)
    plan = sealed(roster, to_archive(roster, run.asked or ()), rails)
    await write_plan(lease, run, plan, Told(), now() + problems_kept)

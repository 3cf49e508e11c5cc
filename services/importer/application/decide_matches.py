"""Decide ambiguous matches: the decision is remembered, and the plan made anew with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.read_imports import not_waiting, require_revision
from services.importer.application.replan import (
    DECIDED,
    TAKEN_BACK,
    queue_again,
    void_plan,
    void_standing,
)
from services.importer.application.start_import import ImportOrder, once
from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.change import SOURCE_KEY, Action, ChangeKind, Reason
from services.importer.domain.decisions import (
    Decision,
    Verdict,
    identity_of_new,
    possible_verdicts,
)
from services.importer.domain.run import Run, RunState
from services.importer.store.audit import write_audit
from services.importer.store.changes import find_changes
from services.importer.store.decisions import (
    key_is_held,
    list_decisions,
    put_decision,
    revoke_decision,
)
from services.importer.store.runs import find_run
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.queue import JobQueue

_DECIDABLE = frozenset({Action.CONFLICT, Action.ADD})


@dataclass(frozen=True)
class Decided:
    """What was decided of one row of the plan, and whom or which it names."""

    change_id: UUID
    verdict: Verdict
    person_id: UUID | None = None
    group_id: UUID | None = None


async def decide_matches(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    order: ImportOrder,
    *,
    run_id: UUID,
    decided: Sequence[Decided],
    expected_revisions: Collection[int] | None = None,
) -> Run:
    """Remember decisions and send the plan back to be made with them.

    Raises:
        Refusal: not_found, import_not_ready, choice_changed, decision_not_possible,
            invalid_request (nothing to decide there, not one of its candidates, decided twice),
            idempotency_key_reused.

    """
    _refuse_twice(decided)
    asked = [[one.change_id, one.verdict, one.person_id or one.group_id] for one in decided]

    async def decide() -> dict[str, Any]:
        run = await find_run(connection, run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.state is not RunState.PLANNED:
            raise not_waiting(run)
        require_revision(run, expected_revisions)
        rows = await find_changes(connection, run_id, [one.change_id for one in decided])
        for at, one in enumerate(decided):
            await _decide(connection, order, rows.get(one.change_id), one, at)
        await void_plan(connection, run, DECIDED, lease_seconds)
        return {"revision": run.revision}

    async with database.transaction(order.school_id) as connection:
        await once(connection, order, {"decide": run_id, "decisions": asked}, decide)
        run = await find_run(connection, run_id)
    if run is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await queue_again(queue, run)
    return replace(run, state=RunState.REQUESTED, phase=None, done=0, total=None)


def _refuse_twice(decided: Sequence[Decided]) -> None:
    """A conflict has one answer; the same one given twice is no contradiction."""
    first = {one.change_id: one for one in reversed(decided)}
    wrong = tuple(
        FieldError(f"decisions.{at}.change_id", "over deze vraag is al anders beslist")
        for at, one in enumerate(decided)
        if one != first[one.change_id]
    )
    if wrong:
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=wrong)


async def _decide(
    connection: AsyncConnection,
    order: ImportOrder,
    row: Mapping[str, Any] | None,
    one: Decided,
    at: int,
) -> None:
    kind = ChangeKind.MEMBERSHIP if row is None else ChangeKind(row["kind"])
    if row is None or kind is ChangeKind.MEMBERSHIP or row["action"] not in _DECIDABLE:
        raise _wrong(
            f"decisions.{at}.change_id", "hierover valt in dit overzicht niet te beslissen"
        )
    named = {ChangeKind.PERSON: one.person_id, ChangeKind.GROUP: one.group_id}
    decision = Decision(one.verdict, named.pop(kind))
    # Nobody but a candidate, and with any other verdict nobody at all: whom it names, it matches.
    may_name = row["candidate_ids"] if one.verdict is Verdict.SAME else [None]
    if decision.subject_id not in may_name or set(named.values()) != {None}:
        raise _wrong(f"decisions.{at}.{kind}_id", "kies een van de genoemde kandidaten")
    key = row["after"].get(SOURCE_KEY)
    is_held = key is not None and await key_is_held(connection, order.school_id, kind, key)
    identity = row["source_identity"] or identity_of_new(kind, row["role"], row["after"])
    may = possible_verdicts(Reason(row["reason"]), identity, is_key_held=is_held)
    if identity is None or decision.verdict not in may:
        raise Refusal(ErrorCode.DECISION_NOT_POSSIBLE)
    await put_decision(
        connection,
        order.school_id,
        kind=kind,
        identity=identity,
        decision=decision,
        label=row["label"],
        caller=order.caller,
    )


def _wrong(field: str, message: str) -> Refusal:
    return Refusal(ErrorCode.INVALID_REQUEST, errors=(FieldError(field, message),))


async def read_decided(
    database: Database, school_id: UUID, caller: str, before: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """What a school decided and did not take back, newest first, and whether there is more.

    Noted as a look at those on the page.
    """
    async with database.transaction(school_id) as connection:
        rows = await list_decisions(connection, school_id, before, limit + 1)
        shown = rows[:limit]
        people = tuple(dict.fromkeys(row["person_id"] for row in shown if row["person_id"]))
        if people:
            look = AuditEntry(caller, AuditAction.LOOK, "match_decisions", people)
            await write_audit(connection, school_id, look)
        return shown, len(rows) > limit


async def take_back(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    *,
    school_id: UUID,
    decision_id: UUID,
    caller: str,
) -> None:
    """Revoke a decision: the next plan asks again, and one that waits is sent back for it.

    Raises:
        Refusal: not_found, when none such holds.

    """
    async with database.transaction(school_id) as connection:
        voided = await void_standing(connection, school_id, TAKEN_BACK, lease_seconds)
        if not await revoke_decision(connection, school_id, decision_id, caller):
            raise Refusal(ErrorCode.NOT_FOUND)
    if voided is not None:
        await queue_again(queue, voided)

"""Look at imports and their changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from services.importer.domain.audit import look_at_changes
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.run import Run, RunState
from services.importer.store.audit import write_audit
from services.importer.store.change_counts import count_by_place
from services.importer.store.changes import list_changes
from services.importer.store.runs import find_run, list_runs
from services.importer.store.undone import mark_undone
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

# What happened to a plan that does not wait for anybody (any more).
_HAPPENED = {
    RunState.REQUESTED: "Het overzicht van deze import wordt nog (opnieuw) gemaakt.",
    RunState.FETCHING: "Het overzicht van deze import wordt nog (opnieuw) gemaakt.",
    RunState.APPLYING: "Iemand heeft deze import al bevestigd; hij wordt nu uitgevoerd.",
    RunState.APPLIED: "Iemand heeft deze import al bevestigd; hij is uitgevoerd.",
    RunState.CANCELLED: "Dit overzicht is vervallen; er is niets gewijzigd.",
    RunState.EXPIRED: "Dit overzicht is verlopen: niemand heeft het op tijd bevestigd. Er is niets "
    "gewijzigd; begin een nieuwe import.",
    RunState.FAILED: "Deze import is mislukt; er is niets gewijzigd.",
    RunState.REFUSED: "Deze import is niet uitgevoerd; er is niets gewijzigd.",
}


@dataclass(frozen=True)
class AskedFilter:
    """A filter as a caller names it: a brake by its key."""

    filter: ChangeFilter = field(default_factory=ChangeFilter)
    brake: str | None = None


def not_waiting(run: Run) -> Refusal:
    """The refusal of whoever came too late or too early, with what happened to the import."""
    facts = {"state": run.state.value}
    why = run.problem_detail if run.state is RunState.CANCELLED else None
    return Refusal(ErrorCode.IMPORT_NOT_READY, detail=why or _HAPPENED.get(run.state), extra=facts)


def resolved(run: Run, wanted: AskedFilter) -> ChangeFilter:
    """The filter with the brake that its key names; invalid_request when there is none."""
    if wanted.brake is None:
        return wanted.filter
    for brake in (*run.brakes, *run.dormant_brakes):
        if brake.is_named(wanted.brake):
            return replace(wanted.filter, brake=brake)
    wrong = FieldError("brake", "dit overzicht heeft deze rem niet")
    raise Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,))


async def read_import(database: Database, school_id: UUID, run_id: UUID) -> Run:
    """One import of the school; not_found when it is another's."""
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id)
    if run is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return run


async def read_imports(
    database: Database, school_id: UUID, before: UUID | None, limit: int
) -> list[Run]:
    """The school's imports, newest first; `before` is the last of the page before."""
    async with database.transaction(school_id) as connection:
        return await list_runs(connection, school_id, before, limit)


async def read_changes(
    database: Database,
    school_id: UUID,
    run_id: UUID,
    *,
    caller: str,
    wanted: AskedFilter,
    after: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Part of an import's changes in their order; not_found when it is another's.

    Noted as a look at whomever they are about.
    """
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        found = await list_changes(connection, run_id, resolved(run, wanted), after, limit)
        rows = [dict(row) for row in found]
        if run.state is RunState.PLANNED and run.undoes is None:
            await mark_undone(connection, school_id, run_id, rows)
        # The row beyond the page is not shown: it only tells that there are more.
        await write_audit(connection, school_id, look_at_changes(caller, run_id, rows[: limit - 1]))
        return rows


async def read_places(
    database: Database, school_id: UUID, run_id: UUID
) -> dict[str, list[Mapping[str, Any]]]:
    """Changes counted per klas and per vestiging; not_found when it is another's."""
    async with database.transaction(school_id) as connection:
        if await find_run(connection, run_id) is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        return await count_by_place(connection, run_id)


def require_revision(run: Run, expected: Collection[int] | None) -> None:
    """Refuse with choice_changed when the caller looked at another revision of the choice."""
    if expected is not None and run.choice_revision not in expected:
        raise Refusal(ErrorCode.CHOICE_CHANGED)

"""Choose toevoegen, bijwerken and archiveren: as a whole, by filter, by row and by field."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.read_imports import (
    AskedFilter,
    not_waiting,
    require_revision,
    resolved,
)
from services.importer.domain.change import Choice
from services.importer.domain.plan import Summary
from services.importer.domain.run import Chosen, Run, RunState
from services.importer.store.change_counts import count_chosen
from services.importer.store.choices import (
    choose_all,
    choose_matching,
    choose_overwriting,
    choose_rows,
)
from services.importer.store.runs import change_run, find_run
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal


@dataclass(frozen=True)
class NewChoice:
    """What to choose; None leaves a kind as it is.

    A later choice wins over an earlier one, and within one: first the whole, then filters in
    their order, then rows, then `overwrite`: of which rows which fields are taken from the source
    that a hand changed or an undo took back (none: they stay).
    """

    add: bool | None = None
    update: bool | None = None
    archive: bool | None = None
    clear: bool | None = None
    filters: Sequence[tuple[AskedFilter, bool]] = ()
    rows: Mapping[UUID, bool] = field(default_factory=dict)
    overwrite: Mapping[UUID, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ChoiceMade:
    """What is chosen now: as a whole, counted, and the revision for the next change."""

    choice: Chosen
    chosen: Summary
    revision: int


async def choose_changes(
    database: Database,
    school_id: UUID,
    run_id: UUID,
    new: NewChoice,
    expected_revisions: Collection[int] | None = None,
) -> ChoiceMade:
    """Change what of a plan is chosen.

    Raises:
        Refusal: not_found, import_not_ready, choice_changed (somebody else chose meanwhile),
            invalid_request (a row that does not exist or cannot be chosen so).

    """
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.state is not RunState.PLANNED:
            raise not_waiting(run)
        require_revision(run, expected_revisions)
        wanted = {choice: getattr(new, choice) for choice in Choice}
        whole = {choice: yes for choice, yes in wanted.items() if yes is not None}
        await choose_all(connection, run_id, whole)
        await _choose_parts(connection, run, new)
        choice = replace(run.choice, **{kind.value: yes for kind, yes in whole.items()})
        values = {f"choice_{kind}": yes for kind, yes in whole.items()}
        touched = {"choice_revision": run.choice_revision + 1, "touched_at": now()}
        await change_run(connection, run_id, {**values, **touched})
        chosen = await count_chosen(connection, run_id)
    return ChoiceMade(choice, chosen, run.choice_revision + 1)


async def _choose_parts(connection: AsyncConnection, run: Run, new: NewChoice) -> None:
    for wanted, chosen in new.filters:
        await choose_matching(connection, run.id, resolved(run, wanted), chosen=chosen)
    if new.rows:
        known = await choose_rows(connection, run.id, new.rows)
        _refuse_unknown("rows", new.rows, known)
    if new.overwrite:
        known = await choose_overwriting(connection, run.id, new.overwrite)
        _refuse_unknown("overwrite", new.overwrite, known)


def _refuse_unknown(name: str, asked: Iterable[UUID], known: set[UUID]) -> None:
    wrong = tuple(
        FieldError(f"{name}.{row}", "deze regel bestaat niet of kan niet zo worden gekozen")
        for row in asked
        if row not in known
    )
    if wrong:
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=wrong)

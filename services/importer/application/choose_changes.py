"""Choose toevoegen, bijwerken and archiveren, as a whole and per row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.importer.application.read_imports import PLAN_MOVED, require_revision
from services.importer.domain.change import Choice
from services.importer.domain.plan import Summary
from services.importer.domain.run import Chosen, RunState
from services.importer.store.changes import choose_all, choose_rows, count_chosen
from services.importer.store.runs import change_run, find_run
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal


@dataclass(frozen=True)
class NewChoice:
    """What to choose; None leaves a kind as it is. Rows are chosen after the whole."""

    add: bool | None = None
    update: bool | None = None
    archive: bool | None = None
    rows: Mapping[UUID, bool] = field(default_factory=dict)


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
    expected_revision: int | None = None,
) -> ChoiceMade:
    """Change what of a plan is chosen; a later choice wins over an earlier one.

    Raises:
        Refusal: not_found, import_not_ready, choice_changed (somebody else chose meanwhile),
            invalid_request (a row that does not exist or is a conflict).

    """
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if run.state is not RunState.PLANNED:
            raise Refusal(ErrorCode.IMPORT_NOT_READY, detail=PLAN_MOVED)
        require_revision(run, expected_revision)
        wanted = {Choice.ADD: new.add, Choice.UPDATE: new.update, Choice.ARCHIVE: new.archive}
        whole = {choice: yes for choice, yes in wanted.items() if yes is not None}
        await choose_all(connection, run_id, whole)
        if new.rows:
            _refuse_unknown(new.rows, await choose_rows(connection, run_id, new.rows))
        choice = Chosen(
            add=whole.get(Choice.ADD, run.choice.add),
            update=whole.get(Choice.UPDATE, run.choice.update),
            archive=whole.get(Choice.ARCHIVE, run.choice.archive),
        )
        values = {
            "choice_add": choice.add,
            "choice_update": choice.update,
            "choice_archive": choice.archive,
            "choice_revision": run.choice_revision + 1,
        }
        await change_run(connection, run_id, values)
        chosen = await count_chosen(connection, run_id)
    return ChoiceMade(choice, chosen, run.choice_revision + 1)


def _refuse_unknown(asked: Mapping[UUID, bool], known: set[UUID]) -> None:
    wrong = tuple(
        FieldError(f"rows.{row}", "deze regel bestaat niet of is een conflict")
        for row in asked
        if row not in known
    )
    if wrong:
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=wrong)

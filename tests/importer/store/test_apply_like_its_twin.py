"""The SQL that applies a plan does what the pure function of the same name says."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from services.importer.domain.apply import apply
from services.importer.domain.change import Change
from services.importer.domain.diff import diff
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Document, Roster
from services.importer.domain.run import Chosen
from services.importer.domain.withdrawn import clear_withdrawn, said_by
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.changes import add_changes
from services.importer.store.roster import bump_version, read_roster
from shared.database import Database
from shared.roster.document import PERSON_FIELDS, PersonRole
from tests.importer.store.conftest import NewRun
from tests.importer.store.random_rosters import random_document, seeded

WEEKS = 12
# Whatever a document does not name now was named before.
SAID = {(str(role), "", name) for role in PersonRole for name in PERSON_FIELDS}
ALL = Chosen(add=True, update=True, archive=True)
# Every third person was changed by hand, in two fields: an import leaves those.
_BY_HAND = text("""
    UPDATE person SET given_name = 'Hand', held_fields = ARRAY['email', 'given_name']
    WHERE school_id = :school_id AND right(id::text, 1) < '5'
""")
_OUTCOMES = text(
    "SELECT position, outcome, outcome_reason FROM import_change WHERE run_id = :run_id"
)


@dataclass
class Week:
    """One import: the roster before and after, the plan, and what became of each change."""

    before: Roster
    after: Roster
    changes: list[Change]
    outcomes: dict[int, tuple[str, str | None]]

    def applied(self) -> list[Change]:
        return [found for at, found in enumerate(self.changes) if self.outcomes[at][0] == "applied"]


async def _play(
    database: Database, school_id: UUID, run_id: UUID, document: Document, chosen: Chosen
) -> Week:
    async with database.transaction(school_id) as connection:
        await connection.execute(_BY_HAND, {"school_id": school_id})
        before = await read_roster(connection, school_id)
        changes = diff(before, document)
        changes += clear_withdrawn(before, said_by(document), SAID, changes)
        await add_changes(connection, run_id, school_id, changes, chosen)
        await apply_chosen(connection, run_id)
        await bump_version(connection, school_id)
        after = await read_roster(connection, school_id)
        rows = await connection.execute(_OUTCOMES, {"run_id": run_id})
        return Week(before, after, changes, {row[0]: (row[1], row[2]) for row in rows})


def _assert_fair(week: Week, chosen: Chosen) -> None:
    """Nothing that was not chosen is applied, and nothing is skipped without its reason."""
    wanted = asdict(chosen)
    for at, change in enumerate(week.changes):
        outcome, reason = week.outcomes[at]
        only_held = change.action == "update" and set(change.after) <= set(change.held)
        is_chosen = change.choice is not None and wanted[change.choice] and not only_held
        assert (outcome == "not_chosen") == (not is_chosen)
        match reason:
            case "pupil_number_taken":
                number = change.after.get("pupil_number")
                if number is None and change.subject_id in week.before.people:
                    number = week.before.people[change.subject_id].fields["pupil_number"]
                assert bare_number(number) in {
                    bare_number(person.fields["pupil_number"])
                    for person in week.after.people.values()
                    if person.active and person.id != change.subject_id
                }
            case "person_not_there":
                person = week.after.people.get(change.person_id) if change.person_id else None
                assert person is None or not person.active
            case "group_not_there":
                group = week.after.groups.get(change.group_id) if change.group_id else None
                assert group is None or not group.active
            case other:
                assert other is None
                assert outcome != "skipped"


@pytest.mark.parametrize("seed", range(6))
async def test_a_year_of_random_imports_ends_as_the_pure_function_says(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun, seed: int
) -> None:
    rng = seeded(seed)
    school_id = await new_school()
    for _ in range(WEEKS):
        chosen = Chosen(*(rng.random() < share for share in (0.85, 0.75, 0.6, 0.5)))
        document = random_document(rng)
        week = await _play(database, school_id, await new_run(school_id), document, chosen)
        _assert_fair(week, chosen)
        assert week.after == apply(week.applied(), week.before)


async def test_what_the_year_holds_is_worth_the_proof(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> None:
    rng = seeded(99)
    school_id = await new_school()
    seen: Counter[str] = Counter()
    for at in range(2 * WEEKS):
        chosen = Chosen(add=True, update=at % 3 > 0, archive=at % 2 > 0, clear=at % 4 < 3)
        week = await _play(
            database, school_id, await new_run(school_id), random_document(rng), chosen
        )
        assert week.after == apply(week.applied(), week.before)
        seen.update(f"{change.kind} {change.action}" for change in week.applied())
        seen.update(reason for _, reason in week.outcomes.values() if reason)
        active = [one for one in week.before.people.values() if one.active]
        held = {bare_number(one.fields["pupil_number"]) for one in active} - {None}
        moved = [one.after for one in week.applied() if one.action == "update"]
        seen["number of another"] += sum(
            bare_number(after.get("pupil_number")) in held for after in moved
        )
    kinds = {f"{kind} {action}" for kind in ("person", "group") for action in _ACTIONS}
    kinds |= {f"membership {action}" for action in ("add", "archive", "reactivate")}
    kinds |= {"person clear"}
    assert seen.keys() >= kinds - {"group update"} | _REASONS | {"number of another"}


async def test_everything_chosen_leaves_nothing_to_do(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> None:
    rng = seeded(7)
    school_id = await new_school()
    for _ in range(WEEKS):
        document = random_document(rng)
        week = await _play(database, school_id, await new_run(school_id), document, ALL)
        if not any(change.action == "conflict" for change in week.changes):
            assert all(
                set(change.after) <= set(change.held) for change in diff(week.after, document)
            )


_ACTIONS = ("add", "update", "archive", "reactivate")
_REASONS = {"pupil_number_taken", "person_not_there"}

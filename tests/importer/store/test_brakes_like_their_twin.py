"""Whatever is chosen of a plan, the database holds it by the very brakes that the rule tells."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.brakes import brakes_now
from services.importer.application.write_plan import sealed
from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.change import Change, Choice
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails, all_brakes
from services.importer.domain.places import Places
from services.importer.domain.roster import Document, Roster
from services.importer.domain.run import ALL, Run, RunState, Source
from services.importer.domain.threshold import Threshold
from services.importer.store.apply_plan import apply_chosen
from services.importer.store.changes import add_changes
from services.importer.store.choices import choose_all, choose_overwriting, choose_rows
from services.importer.store.roster import bump_version, read_roster
from shared.clock import now
from shared.database import Database
from shared.roster.document import GroupRecord
from tests.importer.store.conftest import NewRun
from tests.importer.store.random_rosters import random_document, seeded

WEEKS, CHOICES = 16, 6
DAYS = (date(2026, 11, 25), date(2026, 11, 25), date(2026, 8, 20))
THRESHOLDS = (Threshold(1, 1), Threshold(1, 1), Threshold(25, 2), Threshold(40, 3))
VANISHED = BrakeCode.VESTIGING_VANISHED
_HOLD_SOME = text("""
    UPDATE person SET held_fields = '{email,given_name,leerjaar,vestiging_code}'
    WHERE school_id = :school_id AND state = 'active'
      AND hashtext(source_key || CAST(:week AS text)) % 3 = 0
""")
_ROWS = text("""
    SELECT id, position, kind || ':' || action AS what, chosen, held, kept
    FROM import_change WHERE run_id = :run_id ORDER BY position
""")


async def test_what_is_chosen_is_held_as_the_rule_tells_of_just_that(
    database: Database, new_school: Callable[[], Awaitable[UUID]], new_run: NewRun
) -> None:
    rng, seen, woken = seeded(9), Counter[str](), Counter[str]()
    school_id = await new_school()
    for week in range(WEEKS):
        run_id, day = await new_run(school_id), DAYS[week % len(DAYS)]
        rails = GuardRails({(s, a): rng.choice(THRESHOLDS) for s in Scope for a in About})
        async with database.transaction(school_id) as connection:
            await connection.execute(_HOLD_SOME, {"school_id": school_id, "week": week})
            roster = await read_roster(connection, school_id)
            changes = sealed(roster, diff(roster, _document(rng)), rails).changes
            places = Places(roster, changes)
            every = all_brakes(roster, changes, places, rails, day)
            await add_changes(connection, run_id, school_id, changes, ALL)
            told = (run_id, school_id, Source.SOMTODAY, RunState.PLANNED, now())
            run = Run(
                *told,
                brakes=tuple(one for one in every if not one.dormant),
                dormant_brakes=tuple(one for one in every if one.dormant),
            )
            for at in range(CHOICES):
                if at:
                    await _choose(connection, rng, run_id)
                chosen = await _chosen(connection, run_id, changes)
                found = await brakes_now(connection, run, None)
                of_these = _rule(roster, chosen, places, rails, day) | _vanished(every, chosen)
                assert {one.brake.counts: one.chosen for one in found if one.holds} == of_these
                assert all(one.chosen <= one.brake.affected for one in found)
                seen.update(one.brake.code for one in found if one.holds)
                woken.update(one.brake.code for one in found if one.holds and one.brake.dormant)
            await choose_all(connection, run_id, dict.fromkeys(Choice, True))
            await apply_chosen(connection, run_id)
            await bump_version(connection, school_id)
    every_kind = {"many_archived", "many_updated", "many_without_group", "many_memberships_ended"}
    assert every_kind | {"vestiging_vanished", "school_year_turned"} <= seen.keys()
    assert {"many_updated", "many_without_group", "many_memberships_ended"} <= woken.keys()


def _rule(
    roster: Roster, chosen: list[Change], places: Places, rails: GuardRails, day: date
) -> dict[tuple[object, ...], int]:
    found = all_brakes(roster, chosen, places, rails, day)
    awake = [one for one in found if not one.dormant]
    return {one.counts: one.affected for one in awake if one.code is not VANISHED}


def _vanished(every: list[Brake], chosen: list[Change]) -> dict[tuple[object, ...], int]:
    """That the source lacks a vestiging is so whatever is chosen: it holds all who are gone."""
    people = [one for one in chosen if (one.kind, one.action) == ("person", "archive")]
    gone = Counter((one.vestiging_code, role) for one in people for role in (one.role, None))
    vanished = [one for one in every if one.code is VANISHED]
    told = [one for one in vanished if gone[one.value, one.role] == one.affected]
    return {one.counts: one.affected for one in told}


def _document(rng: random.Random) -> Document:
    """One where people move between vestigingen, and up, and to groups that are new."""
    document = random_document(rng)
    renewed = {one.ref: f"{one.ref}-{rng.randint(0, 99)}" for one in document.groups}
    renewed = {ref: new for ref, new in renewed.items() if rng.random() < 0.3}
    document.groups = [_renewed(rng, one, renewed.get(one.ref, one.ref)) for one in document.groups]
    document.memberships = [
        one.model_copy(update={"group": renewed.get(one.group, one.group)})
        for one in document.memberships
    ]
    known = rng.sample(["99ZY01", "99ZY02", "99ZY03"], rng.randint(1, 3))
    steps = rng.choice([["2", "3"], ["3"], ["3", "4", None]])
    document.people = [
        one.model_copy(
            update={
                "fields": {
                    **one.fields,
                    "vestiging_code": rng.choice(known),
                    "leerjaar": rng.choice(steps),
                }
            }
        )
        for one in document.people
    ]
    return document


def _renewed(rng: random.Random, group: GroupRecord, ref: str) -> GroupRecord:
    """Of two classes one name, each at its own vestiging, if any."""
    key = group.key and ref
    name = "1A" if key and group.ref in {"g-0", "g-1"} else f"klas {ref}"
    site = rng.choice(["99ZY01", None]) if group.ref == "g-0" else "99ZY02"
    fields = {"name": name, "vestiging_code": site}
    return group.model_copy(update={"ref": ref, "key": key, "fields": fields})


async def _choose(connection: AsyncConnection, rng: random.Random, run_id: UUID) -> None:
    """Any rows, and of what was changed by hand any fields to overwrite."""
    rows = list((await connection.execute(_ROWS, {"run_id": run_id})).mappings())
    # Of one kind of row all, of another none: half a move, a group that is not made.
    share = {what: rng.choice([0, 0.5, 1, 1]) for what in sorted({one["what"] for one in rows})}
    chosen = {one["id"]: rng.random() < share[one["what"]] for one in rows}
    await choose_rows(connection, run_id, chosen)
    over = {
        one["id"]: [name for name in one["held"] if rng.random() < 0.5]
        for one in rows
        if one["held"] and rng.random() < 0.5
    }
    await choose_overwriting(connection, run_id, over)


async def _chosen(connection: AsyncConnection, run_id: UUID, changes: list[Change]) -> list[Change]:
    rows = (await connection.execute(_ROWS, {"run_id": run_id})).mappings()
    return [
        changes[one["position"]]._replace(kept=tuple(one["kept"])) for one in rows if one["chosen"]
    ]

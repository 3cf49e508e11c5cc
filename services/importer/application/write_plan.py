"""Write a plan: its changes, counts and brakes, and the digest that seals them, all at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.compared_problems import note_compared, questions_in
from services.importer.application.lease import Lease
from services.importer.application.replan import LEFT
from services.importer.domain.brake import Brake
from services.importer.domain.carry_over import Carried, Difference
from services.importer.domain.change import Change
from services.importer.domain.ground import ground_of
from services.importer.domain.guard_rails import NO_SOURCE, GuardRails, all_brakes
from services.importer.domain.key_moves import key_moves
from services.importer.domain.places import Places
from services.importer.domain.plan import Summary, digest_of, summarise
from services.importer.domain.roster import Roster
from services.importer.domain.run import Run, RunState, Source
from services.importer.domain.withdrawn import Said
from services.importer.store.absences import note_absences
from services.importer.store.baseline_content import Content
from services.importer.store.baselines import keep_baseline
from services.importer.store.changes import add_changes, read_earlier
from services.importer.store.decisions import note_met, read_decisions
from services.importer.store.guard_rails import read_guard_rails
from services.importer.store.problems import SourceProblem
from services.importer.store.roster import lock_version
from services.importer.store.runs import move_run
from shared.clock import now, today


class RosterMovedError(Exception):
    """The roster, or a threshold or decision, is not any more what a plan was made from."""


@dataclass(frozen=True)
class Plan:
    """Changes against one version of a roster, and all that follows from them."""

    changes: list[Change]
    brakes: list[Brake]
    summary: Summary
    digest: str
    roster_version: int
    rails: GuardRails


@dataclass(frozen=True)
class Told:
    """What the source told besides its rows: problems, its date, and the datavelden it named.

    `content` is all of it, to prove the roster by; a plan without a source of its own has none.
    `ground` is the digest of what the plan follows from besides the document and the roster; `met`
    are whom it names of those that were decided to be nobody.
    """

    problems: list[SourceProblem] = field(default_factory=list)
    read_at: datetime | None = None
    said: list[Said] = field(default_factory=list)
    content: Content | None = None
    ground: str | None = None
    met: Collection[str] = ()


def sealed(
    roster: Roster,
    found: list[Change],
    rails: GuardRails,
    rows: Mapping[str, int] = NO_SOURCE,
) -> Plan:
    """The plan that these changes make; of a source, how many rows it says of each role."""
    places = Places(roster, found)
    moves = key_moves(found, roster.people)
    changes = [
        places.placed(change)._replace(key_moves=moves[at])
        if at in moves
        else places.placed(change)
        for at, change in enumerate(found)
    ]
    return Plan(
        changes,
        all_brakes(roster, changes, places, rails, today(), said=rows),
        summarise(changes),
        digest_of(changes, roster.version),
        roster.version,
        rails,
    )


async def write_plan(
    lease: Lease, run: Run, plan: Plan, told: Told, problems_until: datetime
) -> None:
    """Bring a run to planned.

    A plan that is made anew keeps the choices that still hold, and says what differs.

    Raises:
        LeaseLostError: another worker has the run now; nothing was written.
        RosterMovedError: the plan is out of date already, and may name who was erased meanwhile;
            nothing was written.

    """
    async with lease.transaction() as connection:
        # Who erases somebody after this waits, and then finds a plan to cancel.
        if await lock_version(connection, lease.school_id) != plan.roster_version:
            raise RosterMovedError
        await _refuse_old_ground(connection, lease.school_id, plan, told)
        earlier = await read_earlier(connection, run.id) if run.replanned else None
        carried = await add_changes(
            connection, run.id, lease.school_id, plan.changes, run.choice, earlier=earlier
        )
        problems = [*told.problems, *questions_in(plan.changes)]
        noted = await note_compared(connection, run, problems, problems_until)
        planned = {**_planned(plan, told), **noted, **_made_anew(run, carried)}
        await move_run(connection, run.id, RunState.PLANNED, planned)
        await note_met(connection, lease.school_id, told.met, planned["planned_at"])
        if run.source is Source.SOMTODAY and told.read_at is not None:
            await note_absences(connection, lease.school_id, run.id, told.read_at)
        if told.content is not None:
            await keep_baseline(
                *(connection, lease.school_id, run.source, run.id),
                said_at=told.read_at or planned["planned_at"],
                planned_at=planned["planned_at"],
                content=told.content,
            )


async def _refuse_old_ground(
    connection: AsyncConnection, school_id: UUID, plan: Plan, told: Told
) -> None:
    """Thresholds and decisions too may have changed meanwhile; from here on that waits for us."""
    if plan.changes and await read_guard_rails(connection, school_id) != plan.rails:
        raise RosterMovedError
    if told.ground not in {None, ground_of(await read_decisions(connection, school_id))}:
        raise RosterMovedError


def _planned(plan: Plan, told: Told) -> dict[str, Any]:
    return {
        "roster_version": plan.roster_version,
        "digest": plan.digest,
        "summary": plan.summary,
        "brakes": [brake.facts() for brake in plan.brakes],
        "source_at": told.read_at,
        "said": told.said,
        "source_ground": told.ground,
        "phase": None,
        "done": len(plan.changes),
        "total": len(plan.changes),
        "planned_at": now(),
    }


def _made_anew(run: Run, carried: Carried) -> dict[str, Any]:
    if not run.replanned:
        return {}
    found = {
        "replanned": {**run.replanned, **_differences(carried)},
        "choice_revision": run.choice_revision + 1,
    }
    return found | ({"touched_at": None} if run.replanned["because"] == LEFT else {})


def _differences(carried: Carried) -> dict[str, Any]:
    found = carried.differences
    return {
        "new": found.count(Difference.NEW),
        "changed": found.count(Difference.CHANGED),
        "gone": len(carried.gone),
        "choices_kept": carried.own_choices,
        "at": now().isoformat(),
    }

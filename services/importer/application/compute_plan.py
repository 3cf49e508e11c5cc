"""Compare what was staged with Numo's roster, and write the plan."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.importer.application.lease import Lease
from services.importer.application.stage_source import SourceFailedError
from services.importer.domain.brake import Brake
from services.importer.domain.carry_over import Carried, Difference
from services.importer.domain.change import Change
from services.importer.domain.decisions import Decisions
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails, brakes
from services.importer.domain.membership_changes import orphans
from services.importer.domain.places import Places
from services.importer.domain.plan import Summary, digest_of, summarise
from services.importer.domain.roster import Document, Roster
from services.importer.domain.run import Run, RunState
from services.importer.domain.source_health import examine
from services.importer.domain.withdrawn import Said, clear_withdrawn, said_by
from services.importer.store.changes import add_changes, read_earlier
from services.importer.store.decisions import read_decisions
from services.importer.store.guard_rails import read_guard_rails
from services.importer.store.roster import read_roster
from services.importer.store.runs import find_run, last_read_at, move_run
from services.importer.store.source_fields import read_said
from services.importer.store.staging import read_lines
from shared.clock import now, today
from shared.roster.document import (
    GroupRecord,
    Header,
    MembershipRecord,
    PersonRecord,
    ProblemRecord,
    Record,
)
from shared.roster.ndjson import parse_record


@dataclass(frozen=True)
class _Ground:
    """All that a plan follows from."""

    roster: Roster
    lines: list[str]
    decisions: Decisions
    rails: GuardRails
    last_read_at: datetime | None
    said: set[Said]


@dataclass(frozen=True)
class _Plan:
    """What follows from it."""

    changes: list[Change]
    brakes: list[Brake]
    summary: Summary
    digest: str
    problems: list[dict[str, str]]
    read_at: datetime
    said: list[Said]


async def compute_plan(lease: Lease) -> None:
    """Write the changes, their counts, the brakes and the digest that seals them, all at once.

    A plan that is made anew keeps the choices that still hold, and says what differs.

    Raises:
        SourceFailedError: the document cannot be the truth about this school.
        LeaseLostError: another worker has the run now; nothing was written.

    """
    async with lease.transaction() as connection:
        run = await find_run(connection, lease.run_id)
        assert run is not None  # noqa: S101 - the lease is on its row
        ground = _Ground(
            await read_roster(connection, lease.school_id),
            await read_lines(connection, lease.run_id),
            await read_decisions(connection, lease.school_id),
            await read_guard_rails(connection, lease.school_id),
            await last_read_at(connection, lease.school_id, run.source),
            await read_said(connection, lease.school_id),
        )
    # In a thread, so that the heart goes on beating.
    plan = await asyncio.to_thread(_compute, ground)
    async with lease.transaction() as connection:
        earlier = await read_earlier(connection, run.id) if run.replanned else None
        carried = await add_changes(
            connection, run.id, lease.school_id, plan.changes, run.choice, earlier=earlier
        )
        planned = _planned(run, plan, ground.roster.version)
        if run.replanned:
            planned["replanned"] = {**run.replanned, **_differences(carried)}
            planned["choice_revision"] = run.choice_revision + 1
        await move_run(connection, run.id, RunState.PLANNED, planned)


def _planned(run: Run, plan: _Plan, version: int) -> dict[str, Any]:
    told = [*run.problems, *(one for one in plan.problems if one not in run.problems)]
    return {
        "roster_version": version,
        "digest": plan.digest,
        "summary": plan.summary,
        "brakes": [brake.facts() for brake in plan.brakes],
        "problems": told,
        "problem_count": run.problem_count + len(told) - len(run.problems),
        "source_at": plan.read_at,
        "said": plan.said,
        "phase": None,
        "done": len(plan.changes),
        "total": len(plan.changes),
        "planned_at": now(),
    }


def _differences(carried: Carried) -> dict[str, Any]:
    found = list(carried.differences.values())
    return {
        "new": found.count(Difference.NEW),
        "changed": found.count(Difference.CHANGED),
        "gone": len(carried.gone),
        "choices_kept": carried.own_choices,
        "at": now().isoformat(),
    }


def _compute(ground: _Ground) -> _Plan:
    document = _document([parse_record(line) for line in ground.lines])
    roster = ground.roster
    health = examine(document, roster, ground.last_read_at, now())
    if health.failure is not None:
        raise SourceFailedError(health.failure, health.detail)
    lost, header = orphans(document), document.header
    claimed = tuple(kind for kind in header.complete_for if kind not in health.repeated)
    document.header = header.model_copy(update={"complete_for": claimed})
    found = diff(roster, document, ground.decisions)
    found += clear_withdrawn(roster, document, ground.said, found)
    places = Places(roster, found)
    changes = [places.placed(change) for change in found]
    return _Plan(
        changes,
        brakes(roster, changes, places, ground.rails, today()),
        summarise(changes),
        digest_of(changes, roster.version),
        [_repeats(kind, times) for kind, times in health.repeated.items()]
        + ([_orphans(lost)] if lost else []),
        header.fetched_at,
        sorted(said_by(document)),
    )


def _document(records: list[Record]) -> Document:
    header = records[0]
    assert isinstance(header, Header)  # noqa: S101 - the reader let nothing else come first
    document = Document(header)
    for record in records[1:]:
        match record:
            case PersonRecord():
                document.people.append(record)
            case GroupRecord():
                document.groups.append(record)
            case MembershipRecord():
                document.memberships.append(record)
            case ProblemRecord():
                document.problems.append(record)
            case _:
                pass
    return document


def _repeats(kind: str, times: int) -> dict[str, str]:
    return {
        "code": "rows_repeated",
        "detail": f"De bron leverde {times} rijen dubbel, dus kan er ook iemand ontbreken: "
        "archiveren wordt hier niet aangeboden.",
        "place": kind,
    }


def _orphans(count: int) -> dict[str, str]:
    return {
        "code": "membership_incomplete",
        "detail": f"{count} plaatsingen noemen een persoon of groep die de bron niet levert.",
        "place": "groepen",
    }

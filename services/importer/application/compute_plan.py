"""Compare what was staged with Numo's roster, and write the plan."""

import asyncio

from services.importer.application.lease import Lease
from services.importer.domain.change import Change
from services.importer.domain.diff import diff
from services.importer.domain.membership_changes import orphans
from services.importer.domain.plan import Summary, digest_of, summarise
from services.importer.domain.roster import Document, Roster
from services.importer.domain.run import Chosen, RunState
from services.importer.store.changes import add_changes
from services.importer.store.roster import read_roster
from services.importer.store.runs import find_run, move_run
from services.importer.store.staging import read_lines, remove_lines
from shared.clock import now
from shared.roster.document import (
    GroupRecord,
    Header,
    MembershipRecord,
    PersonRecord,
    ProblemRecord,
    Record,
)
from shared.roster.ndjson import parse_record


async def compute_plan(lease: Lease) -> None:
    """Write the changes, their counts and the digest that seals them, all at once.

    Raises:
        LeaseLostError: another worker has the run now; nothing was written.

    """
    async with lease.transaction() as connection:
        roster = await read_roster(connection, lease.school_id)
        lines = await read_lines(connection, lease.run_id)
    # In a thread, so that the heart goes on beating.
    changes, summary, digest, lost = await asyncio.to_thread(_compute, roster, lines)
    async with lease.transaction() as connection:
        run = await find_run(connection, lease.run_id)
        assert run is not None  # noqa: S101 - the lease is on its row
        await add_changes(connection, lease.run_id, lease.school_id, changes, Chosen())
        await remove_lines(connection, lease.run_id)
        planned = {
            "roster_version": roster.version,
            "digest": digest,
            "summary": summary,
            "phase": None,
            "done": len(changes),
            "total": len(changes),
            "planned_at": now(),
        }
        if lost:
            planned["problems"] = [*run.problems, _orphan_problem(lost)]
            planned["problem_count"] = run.problem_count + 1
        await move_run(connection, lease.run_id, RunState.PLANNED, planned)


def _compute(roster: Roster, lines: list[str]) -> tuple[list[Change], Summary, str, int]:
    document = _document([parse_record(line) for line in lines])
    changes = diff(roster, document)
    return changes, summarise(changes), digest_of(changes, roster.version), orphans(document)


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


def _orphan_problem(count: int) -> dict[str, str]:
    return {
        "code": "membership_incomplete",
        "detail": f"{count} plaatsingen noemen een persoon of groep die de bron niet levert.",
        "place": "groepen",
    }

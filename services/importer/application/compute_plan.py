"""Compare what was staged with Numo's roster, and write the plan."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.importer.application.compared_problems import (
    absence_not_proven,
    memberships_incomplete,
    rows_repeated,
)
from services.importer.application.lease import Lease
from services.importer.application.stage_source import SourceFailedError
from services.importer.application.write_plan import Plan, Told, sealed, write_plan
from services.importer.domain.decisions import Decisions, met_in
from services.importer.domain.diff import diff
from services.importer.domain.erasure import is_kept_out
from services.importer.domain.ground import ground_of
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.membership_changes import orphans
from services.importer.domain.nobody_left import rows_said
from services.importer.domain.roster import Document, Roster
from services.importer.domain.source_health import examine
from services.importer.domain.withdrawn import Said, clear_withdrawn, said_by
from services.importer.store.baseline_content import erased_by, pack, without
from services.importer.store.decisions import read_decisions
from services.importer.store.guard_rails import read_guard_rails
from services.importer.store.roster import read_roster
from services.importer.store.runs import find_run, last_read_at
from services.importer.store.source_fields import read_said
from services.importer.store.staging import read_lines
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


@dataclass(frozen=True)
class _Ground:
    """All that a plan follows from."""

    roster: Roster
    lines: list[str]
    decisions: Decisions
    rails: GuardRails
    last_read_at: datetime | None
    said: set[Said]


async def compute_plan(lease: Lease, problems_kept: timedelta) -> None:
    """Compare, and write the plan; what is wrong with the source can be looked at so long.

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
    plan, told = await asyncio.to_thread(_compute, ground)
    await write_plan(lease, run, plan, told, now() + problems_kept)


def _compute(ground: _Ground) -> tuple[Plan, Told]:
    document = document_of([parse_record(line) for line in ground.lines])
    roster = ground.roster
    health = examine(document, roster, ground.last_read_at, now())
    if health.failure is not None:
        raise SourceFailedError(health.failure, health.detail)
    lost, header = orphans(document), document.header
    claimed = tuple(kind for kind in header.complete_for if kind not in health.repeated)
    document.header = header.model_copy(update={"complete_for": claimed})
    found = diff(roster, document, ground.decisions)
    said = said_by(document)
    found += clear_withdrawn(roster, said, ground.said, found)
    problems = [rows_repeated(kind, times) for kind, times in health.repeated.items()]
    problems += absence_not_proven(document, found)
    if lost:
        problems.append(memberships_incomplete(lost))
    content = pack(document.header, ground.lines[1:], found)
    again = [one for one in document.people if is_kept_out(one, roster.erased, ground.decisions)]
    if again:
        # That the source still has who was erased is no reason to keep them.
        content = without(content.packed, erased_by(again)) or content
    met = met_in(document.people, ground.decisions)
    on = ground_of(ground.decisions)
    told = Told(problems, header.fetched_at, sorted(said), content, on, met)
    return sealed(roster, found, ground.rails, rows_said(document)), told


def document_of(records: list[Record]) -> Document:
    """The document that these records make; the first is its header."""
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

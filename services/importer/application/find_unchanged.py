"""End an import of Somtoday at once where nothing can have changed: one question, no fetch.

Right because a plan is a function of the document, the roster and the ground (`domain.ground`): if
all three are as they were when everything that was proposed was applied, nothing would be proposed.
"""

from dataclasses import dataclass

from services.importer.application.lease import Lease
from services.importer.application.write_plan import Told, sealed, write_plan
from services.importer.domain.ground import ground_of
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.roster import Roster
from services.importer.domain.run import Run, Source
from services.importer.store.decisions import read_decisions
from services.importer.store.roster import read_version
from services.importer.store.runs import change_run
from services.importer.store.unchanged import KnownRoster, known_roster
from shared.clock import now


@dataclass(frozen=True)
class Unchanged:
    """A document that would change nothing, at a version of the roster, on a ground."""

    known: KnownRoster
    version: int
    ground: str


async def find_unchanged(lease: Lease, run: Run) -> Unchanged | None:
    """The document that would change nothing; None where the source must be read.

    A plan that is made anew is made from the source: something moved, or somebody asked.
    """
    if run.source is not Source.SOMTODAY or run.replanned is not None:
        return None
    async with lease.transaction() as connection:
        version = await read_version(connection, lease.school_id)
        ground = ground_of(await read_decisions(connection, lease.school_id))
        known = await known_roster(connection, lease.school_id, version, ground)
    return None if known is None else Unchanged(known, version, ground)


async def write_unchanged(lease: Lease, run: Run, found: Unchanged) -> None:
    """Bring a run to planned, with a plan that holds nothing.

    Raises:
        LeaseLostError: another worker has the run now; nothing was written.

    """
    async with lease.transaction() as connection:
        await change_run(connection, run.id, {"source_content": found.known.content})
    told = Told(read_at=now(), said=found.known.said, ground=found.ground)
    plan = sealed(Roster(version=found.version), [], GuardRails())
    await write_plan(lease, run, plan, told, now())

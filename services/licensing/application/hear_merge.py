"""Count two pupils as one once the importer says that they are, when the outbox brings it."""

from uuid import UUID

from services.licensing.application.licenses import merge_persons
from shared.database import Database
from shared.outbox.drain import OutboxEntry

_IMPORTER = "service:importer"


async def hear_merge(database: Database, entry: OutboxEntry) -> None:
    """Take in that the importer merged somebody; a repeat changes nothing, in whatever order."""
    facts = entry.facts
    school_id, into_id = UUID(facts["school_id"]), UUID(facts["into_person_id"])
    await merge_persons(database, school_id, _IMPORTER, entry.subject_id, into_id)

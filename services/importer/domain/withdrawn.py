"""Datavelden that a school withdrew: their values are neither blanked nor kept in silence.

Somtoday leaves a field out that it may not say. One that it said before, for the same role at the
same vestiging, was withdrawn since: clearing what Numo has of it is proposed, as a change of its
own kind, each time until it is done.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from services.importer.domain.change import Action, Change, ChangeKind, Choice, Reason
from services.importer.domain.coverage import CSV_SOURCE
from services.importer.domain.labels import label_of
from services.importer.domain.roster import Document, Roster
from shared.roster.document import PERSON_FIELDS

# Role, vestiging and field, in this order.
Said = tuple[str, str, str]
# Says where somebody is; without it nothing else could be placed.
_PLACE = "vestiging_code"


def said_by(document: Document) -> set[Said]:
    """Which fields a source named; a file names what it has columns for, and permits nothing."""
    if document.header.source == CSV_SOURCE:
        return set()
    return {
        (str(record.role), record.fields.get(_PLACE) or "", name)
        for record in document.people
        for name in record.fields
    }


def clear_withdrawn(
    roster: Roster, now: Collection[Said], before: Collection[Said], changes: Iterable[Change]
) -> list[Change]:
    """Propose to clear the values of fields that were said before and are not said any more.

    Only where the source still has people of that role at that vestiging; who is not there any
    more was not withdrawn but left. What was changed by hand is Numo's own.
    """
    places = {(role, site) for role, site, _ in now}
    gone = {said for said in before if said not in now and said[:2] in places}
    if not gone:
        return []
    named = {change.subject_id: change.after.keys() for change in changes}
    found = []
    for person in roster.people.values():
        site = person.fields.get(_PLACE) or ""
        values = {
            name: person.fields[name]
            for name in PERSON_FIELDS
            if (str(person.role), site, name) in gone
            and person.fields.get(name) is not None
            and name not in person.held
            and name not in named.get(person.id, ())
        }
        if values and person.source_key is not None:
            found.append(_clear(person.id, str(person.role), label_of(person.fields), values))
    return found


def _clear(person_id: UUID, role: str, label: str, values: dict[str, str | None]) -> Change:
    return Change(
        kind=ChangeKind.PERSON,
        action=Action.CLEAR,
        reason=Reason.DATAVELD_WITHDRAWN,
        role=role,
        label=label,
        alias=None,
        subject_id=person_id,
        choice=Choice.CLEAR,
        before=values,
        after=dict.fromkeys(values),
    )

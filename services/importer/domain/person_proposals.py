"""What is proposed of one person: change, archive, or ask."""

from collections.abc import Container, Iterable

from services.importer.domain.change import SOURCE_KEY, Change, ChangeKind
from services.importer.domain.decisions import source_identity
from services.importer.domain.labels import SHOWN_BY, label_of
from services.importer.domain.matching import Question
from services.importer.domain.normalise import same
from services.importer.domain.proposals import (
    Subject,
    archive,
    ask,
    change,
    identity_of_record,
)
from services.importer.domain.roster import Person
from shared.roster.document import PERSON_FIELDS, PersonRecord

_FIELDS = frozenset(PERSON_FIELDS)


def compare(
    record: PersonRecord, person: Person, differing: Iterable[str], keys: Container[str | None]
) -> Change | None:
    """What a record changes in whom it is about, if anything; none of these keys is moved."""
    had, says = person.fields, record.fields
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for name in differing:
        if name in _FIELDS and not same(name, was := had.get(name), says[name]):
            before[name], after[name] = was, says[name]
    # A source without keys of its own (a CSV) never takes a key away. Nor does a decision that
    # this is somebody else than the key's holder, who gets no other: it decides again.
    key = record.key
    if key is not None and key != person.source_key and key not in keys:
        before[SOURCE_KEY], after[SOURCE_KEY] = person.source_key, key
    if person.active and not after:
        return None
    # Most sources say all that somebody is shown by.
    shown = says if says.keys() >= SHOWN_BY else {**had, **says}
    subject = _subject(person, label_of(shown))
    return change(subject, active=person.active, before=before, after=after, held=person.held)


def known_of(record: PersonRecord) -> dict[str, str | None]:
    """All that a record says of somebody who is not in Numo."""
    known = {name: record.fields[name] for name in PERSON_FIELDS if record.fields.get(name)}
    return known if record.key is None else {**known, SOURCE_KEY: record.key}


def archive_of(person: Person) -> Change:
    """Propose to archive somebody whom the source does not have any more."""
    return archive(_subject(person, label_of(person.fields)))


def conflict_of(question: Question) -> Change:
    """A question as a row of the plan."""
    record = question.record
    return ask(
        ChangeKind.PERSON,
        reason=question.reason,
        role=record.role,
        label=label_of(record.fields),
        identity=identity_of_record(record.key, record.ref),
        after=known_of(record),
        candidates=(person.id for person in question.candidates),
        source_identity=source_identity(record),
    )


def _subject(person: Person, label: str) -> Subject:
    return Subject(ChangeKind.PERSON, person.id, person.role, label)

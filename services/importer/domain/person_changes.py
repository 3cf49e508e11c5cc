"""What a source would change in the people of a school."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from uuid import UUID

from services.importer.domain.change import (
    SOURCE_KEY,
    Change,
    ChangeKind,
    Reason,
)
from services.importer.domain.coverage import Coverage
from services.importer.domain.decisions import Decisions, Verdict, source_identity
from services.importer.domain.duplicates import unique_people
from services.importer.domain.erasure import is_erased
from services.importer.domain.matching import Matches, PersonIndex, Question, match_people
from services.importer.domain.normalise import same
from services.importer.domain.numbers import settle_numbers
from services.importer.domain.proposals import (
    Subject,
    add,
    archive,
    ask,
    change,
    identity_of_record,
    identity_of_row,
)
from services.importer.domain.resting import Resting
from services.importer.domain.roster import Document, Fields, Person, Roster
from shared.ids import new_id
from shared.roster.document import PERSON_FIELDS, PersonRecord

_NUMBERS = ("pupil_number", "employee_code")


class PersonChanges:
    """The changes, and what memberships must know of the people."""

    def __init__(self, numo: Roster, resting: Resting) -> None:
        """Begin: who rests is known already."""
        self.changes: list[Change] = []
        # Leads from a record's ref to who it is or will be; of those who do not rest.
        self.ids: dict[str, UUID] = {}
        self.joining: set[UUID] = set()
        self._labels: dict[UUID, str] = {}
        self._identities: dict[UUID, str] = {}
        self._matched: set[UUID] = set()
        self._numo, self._resting = numo, resting

    def match(self, record: PersonRecord, person: Person, label: str) -> None:
        """Note who a record is."""
        self.ids[record.ref] = person.id
        self._matched.add(person.id)
        self._labels[person.id] = label
        if not person.active:
            self.joining.add(person.id)

    def join(self, record: PersonRecord, subject: Subject) -> None:
        """Note who a record will be."""
        self.ids[record.ref] = subject.id
        self.joining.add(subject.id)
        self._labels[subject.id] = subject.label
        self._identities[subject.id] = subject.identity

    def id_of(self, ref: str) -> UUID | None:
        """Who a record is or will be; None for a question, and for nobody."""
        return self.ids.get(ref) or self._resting.ids.get(ref)

    def is_matched(self, person_id: UUID) -> bool:
        """Whether the source has somebody who was there."""
        return person_id in self._matched or person_id in self._resting.people

    def label(self, person_id: UUID) -> str:
        """How somebody is shown."""
        found = self._labels.get(person_id)
        return label_of(self._numo.people[person_id].fields) if found is None else found

    def identity(self, person_id: UUID) -> str:
        """How a plan's digest names somebody."""
        return self._identities.get(person_id) or identity_of_row(person_id)


def diff_people(
    old: Roster, new: Document, coverage: Coverage, decisions: Decisions
) -> PersonChanges:
    """Compare the people of a roster with those of a document."""
    resting = Resting(old, new, decisions)
    people, records, pairs = resting.others()
    result = PersonChanges(old, resting)
    for sure, known in pairs:
        _compare(known, sure, result, takes_key=True)
    unique = unique_people(records)
    index = PersonIndex(people)
    matches = match_people(index, unique.records, decisions)
    _ask_of_the_erased(matches, old.erased)
    disputes = [
        Question(record, Reason.TWICE_IN_SOURCE, holders)
        for family, holders in ((one, _holders(index, one)) for one in unique.disputed)
        for record in family
    ]
    matches.left += [one for one in disputes if _is_left(one.record, decisions)]
    disputes = [one for one in disputes if not _is_left(one.record, decisions)]
    leaving = {person.id for person in _gone(people, coverage, matches, disputes)}
    settle_numbers(_without_record(people, matches, leaving), unique.records, matches)
    for record in unique.records:
        person = matches.found.get(record.ref)
        if person is not None:
            holder = index.by_source_key.get(record.key or "", person)
            _compare(person, record, result, takes_key=holder.id == person.id)
    for record in matches.new:
        _add(record, result, is_decided=source_identity(record) in decisions)
    result.changes += map(_conflict, [*matches.questions, *disputes])
    result.changes += map(_archive, _gone(people, coverage, matches, disputes))
    repeats = unique.same_as.items()
    result.ids |= {ref: result.ids[kept] for ref, kept in repeats if kept in result.ids}
    return result


def _ask_of_the_erased(matches: Matches, erased: frozenset[bytes]) -> None:
    """Who was erased does not come back because the source still has them: a human is asked."""
    again = {record.ref for record in matches.new if erased and is_erased(record, erased)}
    matches.questions += [
        Question(record, Reason.ERASED_BEFORE, ()) for record in matches.new if record.ref in again
    ]
    matches.new = [record for record in matches.new if record.ref not in again]


def _gone(
    people: list[Person], coverage: Coverage, matches: Matches, disputes: list[Question]
) -> list[Person]:
    # Whoever may be one of the disputed records has not left.
    questions = [*matches.questions, *matches.left, *disputes]
    spared = {person.id for asked in questions for person in asked.candidates}
    spared |= {person.id for person in matches.found.values()}
    return [
        person
        for person in people
        if person.active
        and person.role in coverage.roles
        and person.id not in spared
        and person.source_key not in coverage.spared
    ]


def _without_record(people: list[Person], matches: Matches, leaving: set[UUID]) -> Iterator[Person]:
    found = {person.id for person in matches.found.values()}
    for person in people:
        if person.active and person.id not in found and person.id not in leaving:
            yield person


def label_of(fields: Fields) -> str:
    """How a person is shown: the full name, and the number or code."""
    name = " ".join(
        part for part in map(fields.get, ("given_name", "prefix", "family_name")) if part
    )
    number = next((fields[key] for key in _NUMBERS if fields.get(key)), None)
    return f"{name} ({number})" if number else name


def _subject(person: Person, label: str) -> Subject:
    identity = identity_of_row(person.id)
    return Subject(ChangeKind.PERSON, person.id, person.role, label, identity)


def _is_left(record: PersonRecord, decisions: Decisions) -> bool:
    decision = decisions.get(source_identity(record) or "")
    return decision is not None and decision.verdict is Verdict.LEAVE


def _compare(
    person: Person, record: PersonRecord, result: PersonChanges, *, takes_key: bool
) -> None:
    subject = _subject(person, label_of({**person.fields, **record.fields}))
    result.match(record, person, subject.label)
    before, after = _differences(person, record, takes_key=takes_key)
    found = change(subject, active=person.active, before=before, after=after, held=person.held)
    if found is not None:
        result.changes.append(found)


def _differences(person: Person, record: PersonRecord, *, takes_key: bool) -> tuple[Fields, Fields]:
    had = person.fields
    unlike = {name for name, value in record.fields.items() if had.get(name) != value}
    after = {
        name: record.fields[name]
        for name in PERSON_FIELDS
        if name in unlike and not same(name, had.get(name), record.fields[name])
    }
    before = {name: had.get(name) for name in after}
    # A source without keys of its own (a CSV) never takes a key away. Nor does a decision that
    # this is somebody else than the key's holder: it is remembered, and decides again.
    if takes_key and record.key is not None and record.key != person.source_key:
        before[SOURCE_KEY] = person.source_key
        after[SOURCE_KEY] = record.key
    return before, after


def _add(record: PersonRecord, result: PersonChanges, *, is_decided: bool) -> None:
    identity = identity_of_record(record.key, record.ref)
    label = label_of(record.fields)
    subject = Subject(ChangeKind.PERSON, new_id(), record.role, label, identity)
    known = _known(record)
    result.join(record, subject)
    made = add(subject, known)
    if is_decided:
        made = replace(made, source_identity=source_identity(record))
    result.changes.append(made)


def _known(record: PersonRecord) -> dict[str, str | None]:
    known = {name: record.fields[name] for name in PERSON_FIELDS if record.fields.get(name)}
    return known if record.key is None else {**known, SOURCE_KEY: record.key}


def _archive(person: Person) -> Change:
    return archive(_subject(person, label_of(person.fields)))


def _conflict(question: Question) -> Change:
    record = question.record
    return ask(
        ChangeKind.PERSON,
        reason=question.reason,
        role=record.role,
        label=label_of(record.fields),
        identity=identity_of_record(record.key, record.ref),
        after=_known(record),
        candidates=(person.id for person in question.candidates),
        source_identity=source_identity(record),
    )


def _holders(index: PersonIndex, family: Iterable[PersonRecord]) -> tuple[Person, ...]:
    """Everyone in Numo whom one of the disputing records could be: none of them has left."""
    found = {person.id: person for record in family for person in index.anyone(record)}
    return tuple(found.values())

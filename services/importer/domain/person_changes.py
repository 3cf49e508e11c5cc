"""What a source would change in the people of a school."""

from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from uuid import UUID

from services.importer.domain.change import Change, ChangeKind, Reason, identity_of_row
from services.importer.domain.coverage import Coverage
from services.importer.domain.decisions import Decisions, is_left, source_identity, standing
from services.importer.domain.duplicates import Unique, unique_people
from services.importer.domain.erasure import is_kept_out
from services.importer.domain.labels import label_of
from services.importer.domain.matching import Matches, Question, match_people
from services.importer.domain.namesakes import ask_of_namesakes
from services.importer.domain.numbers import settle_numbers
from services.importer.domain.person_index import PersonIndex
from services.importer.domain.person_proposals import (
    archive_of,
    compare,
    conflict_of,
    known_of,
)
from services.importer.domain.proposals import Subject, add, identity_of_record
from services.importer.domain.resting import Resting, unlike
from services.importer.domain.roster import Document, Person, Roster
from services.importer.domain.taken_keys import keys_that_stay
from shared.ids import new_id
from shared.roster.document import PersonRecord


class PersonChanges:
    """The changes, and what memberships must know of the people: made when they first ask."""

    def __init__(self, numo: Roster, resting: Resting) -> None:
        """Begin: who rests is known already."""
        self.changes: list[Change] = []
        # Record by record, and who each is.
        self._records: list[PersonRecord] = []
        self._people: list[Person] = []
        self._joined: dict[str, Subject] = {}
        self._numo, self._resting = numo, resting

    def match(
        self,
        record: PersonRecord,
        person: Person,
        differing: Iterable[str],
        keys: Container[str | None] = (),
    ) -> None:
        """Note who a record is and what it changes; none of these keys goes to somebody else."""
        self._records.append(record)
        self._people.append(person)
        found = compare(record, person, differing, keys)
        if found is not None:
            self.changes.append(found)

    def join(self, record: PersonRecord, subject: Subject) -> None:
        """Note who a record will be."""
        self._joined[record.ref] = subject

    @cached_property
    def ids(self) -> dict[str, UUID]:
        """Who a record is or will be, by its ref; of those who do not rest."""
        met = zip(self._records, self._people, strict=True)
        found = {record.ref: person.id for record, person in met}
        return found | {ref: subject.id for ref, subject in self._joined.items()}

    @cached_property
    def joining(self) -> set[UUID]:
        """Who is new or comes back."""
        back = {person.id for person in self._people if not person.active}
        return back.union(subject.id for subject in self._joined.values())

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

    @cached_property
    def _matched(self) -> set[UUID]:
        return {person.id for person in self._people}

    @cached_property
    def _labels(self) -> dict[UUID | None, str]:
        return {change.subject_id: change.label for change in self.changes}

    @cached_property
    def _identities(self) -> dict[UUID, str]:
        return {one.id: one.alias for one in self._joined.values() if one.alias}


def diff_people(
    old: Roster, new: Document, coverage: Coverage, decisions: Decisions
) -> PersonChanges:
    """Compare the people of a roster with those of a document."""
    resting = Resting(old, new, decisions)
    result = PersonChanges(old, resting)
    people, records = resting.others(result.match)
    index = PersonIndex(people)
    decisions = standing(decisions, records, index.by_id)
    unique = _unique(records, index)
    matches = match_people(index, unique.records, decisions)
    _ask_of_the_erased(matches, old.erased, decisions)
    disputes = _disputes(unique, index, matches, decisions)
    matches.unread = {
        index.by_source_key[key].id for key in coverage.spared if key in index.by_source_key
    }
    ask_of_namesakes(people, matches, decisions)
    leaving = {person.id for person in _gone(people, index, coverage, matches, disputes)}
    staying = _without_record(people, matches, leaving)
    settle_numbers(staying, matches.records, matches)
    met = [(one, matches.found[one.ref]) for one in matches.records if one.ref in matches.found]
    keys = keys_that_stay(((record.key, person) for record, person in met), index.by_source_key)
    for record, person in met:
        result.match(record, person, unlike(record, person), keys)
    for record in matches.new:
        _add(record, result, is_decided=source_identity(record) in decisions)
    result.changes += map(conflict_of, [*matches.questions, *disputes])
    result.changes += map(archive_of, _gone(people, index, coverage, matches, disputes))
    for same_as in (matches.folded, unique.same_as):
        repeats = same_as.items()
        result.ids |= {ref: result.ids[kept] for ref, kept in repeats if kept in result.ids}
    return result


def _unique(records: list[PersonRecord], index: PersonIndex) -> Unique[PersonRecord]:
    """Leave out repeats; who was merged may be twice: what they share is no dispute any more."""
    unique = unique_people(records)
    of_one = [family for family in unique.disputed if index.is_of_one(family)]
    unique.disputed = [family for family in unique.disputed if family not in of_one]
    unique.records += [record for family in of_one for record in family]
    return unique


def _ask_of_the_erased(matches: Matches, erased: frozenset[bytes], decisions: Decisions) -> None:
    """Who was erased does not come back because the source still has them: a human is asked."""
    again = {record.ref for record in matches.new if is_kept_out(record, erased, decisions)}
    matches.questions += [
        Question(record, Reason.ERASED_BEFORE, ()) for record in matches.new if record.ref in again
    ]
    matches.new = [record for record in matches.new if record.ref not in again]


def _disputes(
    unique: Unique[PersonRecord], index: PersonIndex, matches: Matches, decisions: Decisions
) -> list[Question]:
    """The records that claim to be one person and do not agree, but for who was left out."""
    found: list[Question] = []
    for family in unique.disputed:
        holders = _holders(index, family)
        for record in family:
            left_out = is_left(source_identity(record), decisions)
            dispute = Question(record, Reason.TWICE_IN_SOURCE, holders)
            (matches.left if left_out else found).append(dispute)
    return found


def _gone(
    people: list[Person],
    index: PersonIndex,
    coverage: Coverage,
    matches: Matches,
    disputes: list[Question],
) -> list[Person]:
    # Whoever may be one of the disputed records, by whichever key, has not left.
    spared = {
        person.id
        for asked in (*matches.questions, *matches.left, *disputes)
        for person in (*asked.candidates, *index.anyone(asked.record))
    }
    spared |= {person.id for person in matches.found.values()} | matches.unread
    return [
        person
        for person in people
        if person.active and person.role in coverage.roles and person.id not in spared
    ]


def _without_record(people: list[Person], matches: Matches, leaving: set[UUID]) -> Iterator[Person]:
    found = {person.id for person in matches.found.values()}
    for person in people:
        if person.active and person.id not in found and person.id not in leaving:
            yield person


def _add(record: PersonRecord, result: PersonChanges, *, is_decided: bool) -> None:
    identity = identity_of_record(record.key, record.ref)
    label = label_of(record.fields)
    subject = Subject(ChangeKind.PERSON, new_id(), record.role, label, identity)
    result.join(record, subject)
    made = add(subject, known_of(record))
    if is_decided:
        made = made._replace(source_identity=source_identity(record))
    result.changes.append(made)


def _holders(index: PersonIndex, family: Iterable[PersonRecord]) -> tuple[Person, ...]:
    """Everyone in Numo whom one of the disputing records could be: none of them has left."""
    found = {person.id: person for record in family for person in index.anyone(record)}
    return tuple(found.values())

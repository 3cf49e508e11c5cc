"""Which person in Numo a record of the source is: by keys only, strongest first.

Order: the source's own key, ECK iD, RealId, then leerlingnummer (docentcode for employees)
within the school. E-mail and name never decide; a name can only raise a question.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from services.importer.domain.change import Reason
from services.importer.domain.decisions import Decided, Decisions, apply_decisions, source_identity
from services.importer.domain.keys import IDENTIFYING, LEVELS, NUMBER, weak_keys
from services.importer.domain.merged import led_to
from services.importer.domain.normalise import bare_name, same
from services.importer.domain.roster import Fields, Person
from shared.roster.document import PersonRecord, PersonRole

_DecidedPeople = Decided[Person, PersonRecord]


@dataclass(frozen=True, slots=True)
class Question:
    """A record that a human must look at: why, and whom it could be."""

    record: PersonRecord
    reason: Reason
    candidates: tuple[Person, ...]


@dataclass
class Matches:
    """What matching found, by the record's ref; `left` was decided to be left out.

    `unread` are those whose own row the source could not read: they are there.
    """

    found: dict[str, Person] = field(default_factory=dict)
    new: list[PersonRecord] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    left: list[Question] = field(default_factory=list)
    unread: set[UUID] = field(default_factory=set)


class PersonIndex:
    """The people of a roster by each of their keys."""

    def __init__(self, people: Iterable[Person]) -> None:
        """Read every person once."""
        self.by_id: dict[UUID, Person] = {}
        self.by_source_key: dict[str, Person] = {}
        self._by: dict[tuple[str, PersonRole, str], list[Person]] = defaultdict(list)
        for row, person in led_to(people):
            self.by_id[row.id] = person
            if row.source_key is not None:
                self.by_source_key[row.source_key] = person
            for name, value in weak_keys(row.role, row.fields).items():
                holders = self._by[name, row.role, value]
                if person not in holders:
                    holders.append(person)

    def holders(self, record: PersonRecord, name: str) -> list[Person]:
        """Who has the record's value of a key, the archived too."""
        return self.sharing(name, record.role, record.fields)

    def sharing(self, name: str, role: PersonRole, fields: Fields) -> list[Person]:
        """Who of a role has one key with these fields in common."""
        keys = weak_keys(role, fields)
        return self._by.get((name, role, keys[name]), []) if name in keys else []

    def anyone(self, record: PersonRecord) -> list[Person]:
        """Everybody whom any key of the record points at."""
        keyed = self.by_source_key.get(record.key or "")
        found = [] if keyed is None else [keyed]
        return found + [p for name in LEVELS for p in self.holders(record, name)]


def match_people(index: PersonIndex, records: list[PersonRecord], decisions: Decisions) -> Matches:
    """Match each record to at most one person, and no person to two records."""
    keys = index.by_source_key.keys()
    decided = apply_decisions(index.by_id, keys, records, decisions, source_identity)
    return _Matching(index, records, decided).result()


class _Matching:
    def __init__(
        self, index: PersonIndex, records: list[PersonRecord], decided: _DecidedPeople
    ) -> None:
        self._index = index
        self._records = records
        self._decided = decided
        self._claims: dict[str, Person] = dict(decided.same)
        self._result = Matches()

    def result(self) -> Matches:
        rest = [record for record in self._claim_by_source_key() if self._is_known_again(record)]
        for name in LEVELS:
            rest = self._claim_by(name, rest)
        self._result.new = [*self._decided.new, *rest]
        self._result.left = [
            Question(record, Reason.LEFT_OUT, tuple(self._index.anyone(record)))
            for record in self._decided.left
        ]
        self._settle()
        return self._result

    def _claim_by_source_key(self) -> list[PersonRecord]:
        rest = []
        for record in self._decided.open:
            person = self._index.by_source_key.get(record.key or "")
            if person is None:
                rest.append(record)
            elif person.role is not record.role:
                self._ask(record, Reason.ROLE_DIFFERS, person)
            else:
                self._claims[record.ref] = person
        return rest

    def _is_known_again(self, record: PersonRecord) -> bool:
        """Whether the record can be matched in the next import; else it would be added for ever."""
        if record.key is None and not weak_keys(record.role, record.fields):
            self._ask(record, Reason.NO_KEY)
            return False
        return True

    def _claim_by(self, name: str, records: list[PersonRecord]) -> list[PersonRecord]:
        taken = {person.id for person in self._claims.values()}
        rest = []
        for record in records:
            free = [
                person
                for person in self._index.holders(record, name)
                if person.id not in taken and not (name == NUMBER and _others(record, person))
            ]
            free = [person for person in free if person.active] or free
            if not free:
                rest.append(record)
            elif len(free) > 1:
                self._ask(record, Reason.MATCHES_SEVERAL, *free)
            elif name == NUMBER and _doubtful(record, free[0]):
                self._ask(record, Reason.NAME_DIFFERS, free[0])
            else:
                self._claims[record.ref] = free[0]
        return rest

    def _settle(self) -> None:
        claimed = Counter(person.id for person in self._claims.values())
        # Whom a stronger key brought into question is not decided by a weaker one.
        asked = {person.id for question in self._result.questions for person in question.candidates}
        for record in self._records:
            person = self._claims.get(record.ref)
            if person is None:
                continue
            is_decided = record.ref in self._decided.same
            if claimed[person.id] > 1 or (person.id in asked and not is_decided):
                self._ask(record, Reason.SEVERAL_MATCH_ONE, person)
                continue
            if is_decided:
                self._result.found[record.ref] = person
                continue
            others = [
                *self._pointed_at(record, person, claimed),
                *self._losing_number(record, person, claimed),
                *self._doubles(record, person),
            ]
            if others:
                self._ask(record, Reason.KEYS_DISAGREE, person, *others)
            else:
                self._result.found[record.ref] = person

    def _pointed_at(
        self, record: PersonRecord, person: Person, claimed: Counter[UUID]
    ) -> list[Person]:
        found: list[Person] = []
        for name in IDENTIFYING:
            holders = self._index.holders(record, name)
            # An archived double of somebody who has the key already is no rival. Nor is who has
            # a record of their own: the keys were swapped or handed on.
            is_held = any(holder.id == person.id for holder in holders)
            found += [
                other
                for other in holders
                if other.id != person.id and not claimed[other.id] and (other.active or not is_held)
            ]
        return found

    def _doubles(self, record: PersonRecord, person: Person) -> list[Person]:
        """Who is active with a key of somebody archived that would come back with it."""
        kept = [name for name in IDENTIFYING if name not in record.fields and not person.active]
        return [
            other
            for name in kept
            for other in self._index.sharing(name, person.role, person.fields)
            if other.active
        ]

    def _losing_number(
        self, record: PersonRecord, person: Person, claimed: Counter[UUID]
    ) -> list[Person]:
        """Who, of no record's own, would lose a leerlingnummer to somebody that Numo knows."""
        number = record.fields.get("pupil_number")
        keeps = person.active and same("pupil_number", person.fields.get("pupil_number"), number)
        if keeps or record.role is not PersonRole.PUPIL:
            return []
        return [
            other
            for other in self._index.holders(record, NUMBER)
            if other.active and other.id != person.id and not claimed[other.id]
        ]

    def _ask(self, record: PersonRecord, reason: Reason, *candidates: Person) -> None:
        unique = {person.id: person for person in candidates}
        self._result.questions.append(Question(record, reason, tuple(unique.values())))


def _others(record: PersonRecord, person: Person) -> bool:
    """Whether an ECK iD proves that two holders of one number are different people."""
    one, other = record.fields.get("eck_id"), person.fields.get("eck_id")
    return one is not None and other is not None and not same("eck_id", one, other)


def _doubtful(record: PersonRecord, person: Person) -> bool:
    """Whether a number may have been handed on to somebody else, so that a human must look."""
    alike = [
        bare_name(one) == bare_name(other)
        for one, other in (
            (record.fields.get(name), person.fields.get(name))
            for name in ("given_name", "family_name")
        )
        if one and other
    ]
    changed_key = None not in (record.key, person.source_key) and record.key != person.source_key
    if changed_key or not person.active:
        return not all(alike)
    # One name may change (a marriage, a nickname); not every one with only a number to go by.
    return bool(alike) and not any(alike)

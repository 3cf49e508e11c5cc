"""Which person in Numo a record of the source is: by keys only, strongest first.

Order: the source's own key, ECK iD, RealId, then leerlingnummer (docentcode for employees)
within the school. E-mail and name never decide; they can only raise a question: where a RealId or a
number may be somebody else's by now, and (`namesakes.py`) where somebody would be there twice.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.importer.domain.change import Reason
from services.importer.domain.decisions import Decided, Decisions, apply_decisions, source_identity
from services.importer.domain.keys import GIVEN_AGAIN, IDENTIFYING, LEVELS, NUMBER, weak_keys
from services.importer.domain.likeness import are_two, is_another, is_doubtful
from services.importer.domain.merged import spoken_for
from services.importer.domain.mistaken import Mistaken
from services.importer.domain.normalise import same
from services.importer.domain.person_index import PersonIndex
from services.importer.domain.roster import Person
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

    `unread` are those whose own row the source could not read: they are there. `records` are
    those that speak, `folded` leads from the ref of another record of who was merged to theirs.
    """

    records: list[PersonRecord] = field(default_factory=list)
    folded: dict[str, str] = field(default_factory=dict)
    found: dict[str, Person] = field(default_factory=dict)
    new: list[PersonRecord] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    left: list[Question] = field(default_factory=list)
    unread: set[UUID] = field(default_factory=set)


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
        self._unsure: set[str] = set()
        self._result = Matches()
        self._mistaken = Mistaken(index.by_id.values(), records)

    def result(self) -> Matches:
        rest = [record for record in self._claim_by_source_key() if self._is_known_again(record)]
        for name in LEVELS:
            rest = self._claim_by(name, rest)
        rest += self._fold_merged()
        self._result.new = [*self._decided.new, *rest]
        self._result.left = [
            Question(record, Reason.LEFT_OUT, tuple(self._anyone(record)))
            for record in self._decided.left
        ]
        self._settle()
        self._widen()
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
                if not (person.id in taken and self._is_closed(record, person))
                and not (name == NUMBER and is_another(record, person))
            ]
            free = [person for person in free if person.active] or free
            if not free:
                rest.append(record)
            elif len(free) > 1:
                self._ask(record, Reason.MATCHES_SEVERAL, *free)
            elif are_two(record, free[0]):
                self._ask(record, Reason.KEYS_DISAGREE, free[0])
            elif name in GIVEN_AGAIN and (asked := self._mistaken.asked(record, free[0], taken)):
                self._ask(record, Reason.NAME_DIFFERS, *asked)
            else:
                self._claims[record.ref] = free[0]
                if name in GIVEN_AGAIN:
                    self._unsure.add(record.ref)
        return rest

    def _is_closed(self, record: PersonRecord, person: Person) -> bool:
        """Whether a record cannot be of somebody who has one already: a list names no key."""
        return record.key is not None or person.id not in self._index.merged

    def _is_known_as(self, record: PersonRecord, person: Person) -> bool:
        """Whether a record will lead to somebody merged again, also when another one speaks."""
        is_new = record.key is not None and record.key not in self._index.by_source_key
        return person.id in self._index.merged and (not is_new or record.ref in self._decided.same)

    def _fold_merged(self) -> list[PersonRecord]:
        """Leave one record of each who was merged; a key given again leads to who they will be."""
        families: dict[UUID, list[PersonRecord]] = defaultdict(list)
        for record in self._records if self._index.merged else ():
            person = self._claims.get(record.ref)
            if person is not None and self._is_known_as(record, person):
                families[person.id].append(record)
        speaking, strangers = {}, []
        for family in families.values():
            person = self._claims[family[0].ref]
            speaks, others = spoken_for(person, family)
            speaking[speaks.ref] = speaks
            will_be = replace(person, fields={**person.fields, **speaks.fields})
            for record in others:
                del self._claims[record.ref]
                is_sure = record.ref not in self._unsure
                if not is_sure and are_two(record, will_be):
                    strangers.append(record)
                elif not is_sure and is_doubtful(record, will_be):
                    self._ask(record, Reason.NAME_DIFFERS, person)
                else:
                    self._result.folded[record.ref] = speaks.ref
        folded = self._result.folded
        self._records = [speaking.get(r.ref, r) for r in self._records if r.ref not in folded]
        self._result.records = self._records
        return strangers

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

    def _widen(self) -> None:
        """Who has no record, and to whom any key of one in question leads, may be that one."""
        claimed = {person.id for person in self._claims.values()}
        for at, asked in enumerate(self._result.questions):
            others = [
                one
                for one in self._index.anyone(asked.record)
                if one.active and one.id not in claimed and not are_two(asked.record, one)
            ]
            unique = {one.id: one for one in [*asked.candidates, *others]}
            self._result.questions[at] = replace(asked, candidates=tuple(unique.values()))

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

    def _anyone(self, record: PersonRecord) -> list[Person]:
        """Whoever a question about the record could name: none of them has left."""
        found = self._index.anyone(record)
        return found + [other for one in found for other in self._doubles(record, one)]

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

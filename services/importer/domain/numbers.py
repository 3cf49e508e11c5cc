"""No two active pupils with one leerlingnummer: a plan that would end so asks instead.

Apply holds the same rule (`taken_numbers`), so a plan that passes here can be applied as a whole.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from services.importer.domain.change import Reason
from services.importer.domain.matching import Matches, Question
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Person
from shared.roster.document import PersonRecord, PersonRole


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who has a number once the plan is applied; `moves` when it is the plan that gives it."""

    person: Person | None
    record: PersonRecord | None = None
    moves: bool = False


def settle_numbers(
    staying: Iterable[Person], records: Iterable[PersonRecord], matches: Matches
) -> None:
    """Turn records that would take a leerlingnummer which somebody keeps into questions.

    `staying` are the active people without a record of their own who are not to be archived.
    """
    settling = _Settling()
    for person in staying:
        settling.keep(person)
    for record in records:
        if record.ref in matches.found:
            settling.claim(record, matches.found[record.ref])
    for record in matches.new:
        settling.claim(record, None)
    refused = settling.refused()
    for question in refused:
        matches.found.pop(question.record.ref, None)
    without = {question.record.ref for question in refused}
    matches.new = [record for record in matches.new if record.ref not in without]
    matches.questions += refused


class _Settling:
    def __init__(self) -> None:
        self._owners: dict[str, list[_Owner]] = defaultdict(list)
        self._refused: dict[str, list[_Owner]] = defaultdict(list)

    def keep(self, person: Person) -> str | None:
        number = _stored(person)
        if number is not None:
            self._owners[number].append(_Owner(person))
        return number

    def claim(self, record: PersonRecord, person: Person | None) -> None:
        if record.role is not PersonRole.PUPIL:
            return
        stored = None if person is None else _stored(person)
        named = record.fields.get("pupil_number")
        number = bare_number(named) if "pupil_number" in record.fields else stored
        if number is not None:
            moves = person is None or not person.active or number != stored
            self._owners[number].append(_Owner(person, record, moves))

    def _give_back(self, owner: _Owner) -> list[str]:
        if owner.person is None or not owner.person.active:
            return []
        kept = self.keep(owner.person)
        return [] if kept is None else [kept]

    def refused(self) -> list[Question]:
        """Refuse until every number is somebody's alone: who is refused keeps an old number."""
        open_numbers = list(self._owners)
        while open_numbers:
            number = open_numbers.pop()
            owners = self._owners[number]
            if len(owners) == 1:
                continue
            self._owners[number] = [owner for owner in owners if not owner.moves]
            for owner in owners:
                if owner.moves:
                    self._refused[number].append(owner)
                    open_numbers += self._give_back(owner)
        return [
            _question(owner, [*refused, *self._owners[number]])
            for number, refused in self._refused.items()
            for owner in refused
        ]


def _stored(person: Person) -> str | None:
    is_pupil = person.role is PersonRole.PUPIL
    return bare_number(person.fields.get("pupil_number")) if is_pupil else None


def _question(owner: _Owner, rivals: list[_Owner]) -> Question:
    assert owner.record is not None  # noqa: S101 - who moves does so by a record
    people = {rival.person.id: rival.person for rival in rivals if rival.person is not None}
    return Question(owner.record, Reason.NUMBER_TAKEN, tuple(people.values()))

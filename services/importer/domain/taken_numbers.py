"""Which of the chosen changes cannot be: a leerlingnummer that stays with somebody else."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Roster
from shared.roster.document import PersonRole

_NUMBER = "pupil_number"


def taken_numbers(chosen: Sequence[Change], roster: Roster) -> set[int]:
    """The places of changes to skip, when only a part of a plan was chosen.

    00123 and 123 are one number. Who is skipped keeps a number that a third one may have hoped
    for, and so on.
    """
    changes = [
        (place, change)
        for place, change in enumerate(chosen)
        if change.kind is ChangeKind.PERSON and change.role == PersonRole.PUPIL
    ]
    wanting: dict[str, list[tuple[int, Change]]] = defaultdict(list)
    for place, change in changes:
        number = _wanted(change, roster)
        if number is not None:
            wanting[number].append((place, change))
    own = {change.subject_id for _, change in changes if _moves_out(change)}
    keeping = [person.id for person in roster.people.values() if person.id not in own]
    skipped: set[int] = set()
    while keeping:
        keeper = keeping.pop()
        for place, change in wanting.get(_held(keeper, roster) or "", []):
            if change.subject_id != keeper and place not in skipped:
                skipped.add(place)
                if change.subject_id in roster.people:
                    keeping.append(change.subject_id)
    return skipped


def _wanted(change: Change, roster: Roster) -> str | None:
    if change.action is Action.ARCHIVE or change.subject_id is None:
        return None
    person = roster.people.get(change.subject_id)
    is_back = change.action is Action.REACTIVATE
    if person is not None and not (person.active or is_back):
        return None
    if _NUMBER in change.after:
        return bare_number(change.after[_NUMBER])
    return bare_number(person.fields.get(_NUMBER)) if person is not None and is_back else None


def _moves_out(change: Change) -> bool:
    """Whether it frees the number of its subject: who leaves, and who gets another one."""
    return change.action is Action.ARCHIVE or _NUMBER in change.after


def _held(person_id: UUID, roster: Roster) -> str | None:
    person = roster.people[person_id]
    is_held = person.active and person.role is PersonRole.PUPIL
    return bare_number(person.fields.get(_NUMBER)) if is_held else None

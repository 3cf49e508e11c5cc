"""Which of the chosen changes cannot be: a leerlingnummer that stays with somebody else."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Roster
from services.importer.domain.taken import refused
from shared.roster.document import PersonRole

_NUMBER = "pupil_number"


def taken_numbers(chosen: Sequence[Change], roster: Roster) -> set[int]:
    """The places of changes to skip, when only a part of a plan was chosen.

    00123 and 123 are one number.
    """
    changes = [
        (place, change)
        for place, change in enumerate(chosen)
        if change.kind is ChangeKind.PERSON and change.role == PersonRole.PUPIL
    ]
    wanting: dict[str, list[tuple[int, UUID | None]]] = defaultdict(list)
    for place, change in changes:
        number = _wanted(change, roster)
        if number is not None:
            wanting[number].append((place, change.subject_id))
    own = {change.subject_id for _, change in changes if _moves_out(change)}
    keeping = [person.id for person in roster.people.values() if person.id not in own]
    return refused(wanting, keeping, partial(_held, roster))


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


def _held(roster: Roster, person_id: UUID | None) -> str | None:
    """The number of who is there; who is to be made has none yet."""
    person = roster.people.get(person_id) if person_id else None
    is_held = person is not None and person.active and person.role is PersonRole.PUPIL
    return bare_number(person.fields.get(_NUMBER)) if person is not None and is_held else None

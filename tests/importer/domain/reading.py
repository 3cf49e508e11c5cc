"""What a roster says, seen from a document: the judge of the properties."""

from collections import Counter
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.coverage import Coverage
from services.importer.domain.group_changes import diff_groups
from services.importer.domain.person_changes import diff_people
from services.importer.domain.roster import Document, Roster
from shared.roster.document import GroupRecord, PersonRecord

R = TypeVar("R", PersonRecord, GroupRecord)


@dataclass
class Reading:
    """Whom and what the document's refs mean in a roster, and which groups are in dispute."""

    people: dict[str, UUID]
    groups: dict[str, UUID]
    disputed_groups: set[UUID]


def read_with(roster: Roster, document: Document) -> Reading:
    """Find the document's people and groups in a roster that was brought up to date with it."""
    coverage = Coverage.of(document.header)
    people = diff_people(roster, document, coverage, {})
    groups = diff_groups(roster, document, coverage, {})
    known = {record.ref: people.id_of(record.ref) for record in document.people}
    found = {ref: person_id for ref, person_id in known.items() if person_id is not None}
    return Reading(found, groups.ids, groups.disputed)


def of(changes: list[Change], *actions: Action) -> list[Change]:
    """The changes with one of these actions."""
    return [change for change in changes if change.action in actions]


def of_kind(changes: list[Change], kind: ChangeKind) -> list[Change]:
    """The changes of one kind of row."""
    return [change for change in changes if change.kind is kind]


def only_answers(first: list[Change], second: list[Change]) -> bool:
    """Whether a second import of a document changes nothing but what the first one asked about.

    What was applied beside a question may have answered it: who might be doubled lost the key
    that made it likely.
    """
    asked = of(first, Action.CONFLICT)
    whom = {candidate for one in asked for candidate in one.candidate_ids}
    names = {one.identity for one in asked}
    answers = [
        one
        for one in second
        if one.identity in names or not whom.isdisjoint({one.subject_id, *one.candidate_ids})
    ]
    whom |= {one.subject_id for one in answers if one.subject_id is not None}
    return all(
        one in answers
        or (
            one.kind is ChangeKind.MEMBERSHIP and not whom.isdisjoint({one.person_id, one.group_id})
        )
        for one in second
    )


def settled(records: list[R], changes: list[Change]) -> list[R]:
    """The records that a plan asks nothing about, nor about a repeat of them."""
    asked = {change.identity for change in of(changes, Action.CONFLICT)}
    doubtful = [record for record in records if f"new:{record.key or record.ref}" in asked]
    return [
        record
        for record in records
        if not any(record == one.model_copy(update={"ref": record.ref}) for one in doubtful)
    ]


def facts(changes: list[Change]) -> Counter[object]:
    """All that a plan says, without the ids that each computation makes anew."""
    return Counter(
        (
            change.kind,
            change.action,
            change.reason,
            change.role,
            change.label,
            change.identity,
            change.choice,
            tuple(sorted(change.before.items())),
            tuple(sorted(change.after.items())),
            frozenset(change.candidate_ids),
        )
        for change in changes
    )

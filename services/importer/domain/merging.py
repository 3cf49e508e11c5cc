"""Two people of one school turn out to be one: what the one who stays gets, and what objects.

Nothing of the one who goes is deleted: the row stays, archived, and its keys lead to who stays.
A merge is not taken back: licenses of both were counted as one by then.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.importer.domain.hand_changes import HAND_FIELDS, FieldChanged
from services.importer.domain.normalise import same
from services.importer.domain.roster import Membership, MembershipKey, Person, Roster
from shared.roster.document import PERSON_FIELDS, MemberRole


class MergeGround(StrEnum):
    """Why two people are one; as with an erasure no name, and no words of one's own."""

    DOUBLE_IN_SOURCE = "double_in_source"
    NEW_KEY_IN_SOURCE = "new_key_in_source"
    ASKED_THE_SCHOOL = "asked_the_school"


class Objection(StrEnum):
    """What speaks against it, so that it needs a ground."""

    BOTH_IN_SOURCE = "both_in_source"
    ECK_IDS_DIFFER = "eck_ids_differ"


class NotMergeable(StrEnum):
    """Why it cannot be."""

    SAME_PERSON = "same_person"
    ROLES_DIFFER = "roles_differ"
    ERASED = "erased"
    MERGED_BEFORE = "merged_before"
    ONLY_THE_OTHER_IS_THERE = "only_the_other_is_there"


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """Who goes and who stays, of which school."""

    school_id: UUID
    gone: UUID
    stays: UUID


@dataclass(frozen=True, slots=True)
class MergedField:
    """A field of both, and what it becomes."""

    field: str
    gone: str | None
    stays: str | None
    becomes: str | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A group that whoever goes is in and whoever stays is not (any more)."""

    group_id: UUID
    role: MemberRole


def why_not_mergeable(gone: Person, stays: Person, erased: Collection[UUID]) -> NotMergeable | None:
    """Why the one cannot be merged into the other; None when they can."""
    reasons = {
        NotMergeable.SAME_PERSON: gone.id == stays.id,
        NotMergeable.ROLES_DIFFER: gone.role is not stays.role,
        NotMergeable.ERASED: not {gone.id, stays.id}.isdisjoint(erased),
        NotMergeable.MERGED_BEFORE: (gone.merged_into or stays.merged_into) is not None,
        NotMergeable.ONLY_THE_OTHER_IS_THERE: gone.active and not stays.active,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def objections(gone: Person, stays: Person) -> list[Objection]:
    """What says that they are two: the source has both, or an ECK iD tells them apart."""
    keys, ecks = ((gone.source_key, stays.source_key), _of_both(gone, stays, "eck_id"))
    both = gone.active and stays.active and None not in keys and keys[0] != keys[1]
    found = {
        Objection.BOTH_IN_SOURCE: both,
        Objection.ECK_IDS_DIFFER: None not in ecks and not same("eck_id", *ecks),
    }
    return [objection for objection, holds in found.items() if holds]


def merged_fields(gone: Person, stays: Person, take: Collection[str]) -> list[MergedField]:
    """Every field that either has: who stays keeps what they have, unless the other's is taken.

    Only what may be changed by hand can be taken. A key is only filled in where there is none:
    the other's own leads to who stays anyway. The number of somebody archived is not, as it may
    have been handed on.
    """
    found = []
    for name in PERSON_FIELDS:
        of_gone, of_stays = _of_both(gone, stays, name)
        takes = name in take and name in HAND_FIELDS
        fills = of_stays is None and (name != "pupil_number" or gone.active)
        becomes = of_gone if of_gone is not None and (takes or fills) else of_stays
        if of_gone is not None or of_stays is not None:
            found.append(MergedField(name, of_gone, of_stays, becomes))
    return found


def changed_by_merge(fields: Iterable[MergedField]) -> list[FieldChanged]:
    """What that changes of who stays."""
    return [
        FieldChanged(one.field, one.stays, one.becomes)
        for one in fields
        if one.becomes != one.stays
    ]


def held_by_merge(gone: Person, stays: Person, take: Collection[str]) -> set[str]:
    """Which fields are held: what was by hand stays so, and so does what was taken by hand."""
    became = changed_by_merge(merged_fields(gone, stays, take))
    return set(stays.held) | {one.field for one in became if one.field in {*take, *gone.held}}


def joined_groups(gone: Person, stays: Person, memberships: Iterable[Membership]) -> list[Joined]:
    """The groups that who stays comes into."""
    active = [one for one in memberships if one.active]
    theirs = {(one.group_id, one.role) for one in active if one.person_id == stays.id}
    others = {(one.group_id, one.role) for one in active if one.person_id == gone.id}
    return [Joined(*place) for place in sorted(others - theirs)]


def joined_by_merge(roster: Roster) -> frozenset[MembershipKey]:
    """The places of who was merged: those of who stayed since."""
    merged = {one.id: one.merged_into for one in roster.people.values() if one.merged_into}
    return frozenset(
        (merged[who], group_id, role) for who, group_id, role in roster.memberships if who in merged
    )


def _of_both(gone: Person, stays: Person, name: str) -> tuple[str | None, str | None]:
    return gone.fields.get(name), stays.fields.get(name)

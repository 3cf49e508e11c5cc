"""Make two people of a school one, when an administrator says that they are."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.audit import AuditAction, AuditEntry
from services.importer.domain.merging import (
    Joined,
    MergedField,
    MergeGround,
    NotMergeable,
    Objection,
    TwoPeople,
    changed_by_merge,
    held_by_merge,
    joined_groups,
    merged_fields,
    objections,
    why_not_mergeable,
)
from services.importer.domain.roster import Person
from services.importer.store.audit import write_audit
from services.importer.store.hand_changes import write_by_hand
from services.importer.store.merges import (
    erased_among,
    memberships_among,
    names_of_groups,
    write_merge,
)
from services.importer.store.roster import bump_version, lock_version, read_people, read_version
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import first_answer
from shared.outbox.publish import PERSON_MERGED, publish
from shared.roster.document import PersonRole

_WHY_NOT = {
    NotMergeable.SAME_PERSON: "Dit is al één persoon.",
    NotMergeable.ROLES_DIFFER: "Een leerling en een medewerker zijn in Numo altijd twee personen.",
    NotMergeable.ERASED: "Een van beiden is gewist; daar is niets meer van om samen te voegen.",
    NotMergeable.MERGED_BEFORE: "Een van beiden is al met iemand samengevoegd.",
    NotMergeable.ONLY_THE_OTHER_IS_THERE: "Wie blijft, is gearchiveerd en de ander niet. "
    "Voeg ze andersom samen.",
}


@dataclass(frozen=True)
class MergeAsked:
    """Who asks to merge whom into whom, and whose values are taken."""

    caller: str
    two: TwoPeople
    take: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do, at one version of the roster."""

    fields: list[MergedField]
    joins: list[tuple[Joined, str | None]]
    objections: list[Objection]
    version: int


@dataclass(frozen=True)
class _Pair:
    gone: Person
    stays: Person


async def preview_merge(database: Database, asked: MergeAsked) -> MergePreview:
    """What each field and membership would be, and what objects; a look at both.

    Raises:
        Refusal: not_found, merge_not_possible.

    """
    two = asked.two
    async with database.transaction(two.school_id) as connection:
        # First the version: what commits after it voids the preview.
        version = await read_version(connection, two.school_id)
        pair = await _mergeable(connection, two)
        entry = AuditEntry(asked.caller, AuditAction.LOOK, "merge", (two.gone, two.stays))
        await write_audit(connection, two.school_id, entry)
        joins = await _joins(connection, pair)
        names = await names_of_groups(connection, {one.group_id for one in joins})
    return MergePreview(
        merged_fields(pair.gone, pair.stays, asked.take),
        [(one, names.get(one.group_id)) for one in joins],
        objections(pair.gone, pair.stays),
        version,
    )


async def merge_people(
    database: Database,
    asked: MergeAsked,
    *,
    ground: MergeGround | None,
    expected: Collection[int] | None,
    idempotency_key: str,
) -> None:
    """Merge one person into another, once and for good; licensing is told of a pupil.

    Raises:
        Refusal: not_found, merge_not_possible, merge_needs_ground, person_changed (the roster is
            not the one of the preview any more), idempotency_key_reused.

    """
    two = asked.two

    async def act() -> dict[str, Any]:
        if not await read_version(connection, two.school_id):
            # Nobody was ever imported here, or there is no such school.
            raise Refusal(ErrorCode.NOT_FOUND)
        version = await lock_version(connection, two.school_id)
        found = await read_people(connection, two.school_id, {two.gone, two.stays})
        if two.gone in found and found[two.gone].merged_into == two.stays:
            return {}
        pair = await _mergeable(connection, two)
        if expected is not None and version not in expected:
            raise Refusal(ErrorCode.PERSON_CHANGED)
        objects = objections(pair.gone, pair.stays)
        if objects and ground is None:
            raise Refusal(ErrorCode.MERGE_NEEDS_GROUND, extra={"objections": objects})
        await _merge(connection, asked, pair, ground)
        return {}

    async with database.transaction(two.school_id) as connection:
        await first_answer(
            connection,
            service="importer",
            caller=asked.caller,
            key=idempotency_key,
            request={"merge": [two.gone, two.stays, sorted(asked.take), ground]},
            act=act,
        )


async def _mergeable(connection: AsyncConnection, two: TwoPeople) -> _Pair:
    both = {two.gone, two.stays}
    found = await read_people(connection, two.school_id, both)
    if found.keys() != both:
        raise Refusal(ErrorCode.NOT_FOUND)
    pair = _Pair(found[two.gone], found[two.stays])
    erased = await erased_among(connection, both)
    why_not = why_not_mergeable(pair.gone, pair.stays, erased)
    if why_not is not None:
        extra = {"why_not": why_not.value}
        raise Refusal(ErrorCode.MERGE_NOT_POSSIBLE, detail=_WHY_NOT[why_not], extra=extra)
    return pair


async def _joins(connection: AsyncConnection, pair: _Pair) -> list[Joined]:
    active = await memberships_among(connection, {pair.gone.id, pair.stays.id})
    return joined_groups(pair.gone, pair.stays, active) if pair.stays.active else []


async def _merge(
    connection: AsyncConnection, asked: MergeAsked, pair: _Pair, ground: MergeGround | None
) -> None:
    two, take = asked.two, asked.take
    await write_merge(connection, two, await _joins(connection, pair), now())
    changed = changed_by_merge(merged_fields(pair.gone, pair.stays, take))
    held = sorted(held_by_merge(pair.gone, pair.stays, take))
    await write_by_hand(
        connection,
        two.school_id,
        two.stays,
        changed=changed,
        held=held,
        caller=asked.caller,
    )
    await bump_version(connection, two.school_id)
    facts = {"into": str(two.stays), "ground": ground or "none_needed"}
    entry = AuditEntry(
        asked.caller, AuditAction.MERGE, "person", (two.gone, two.stays), facts=facts
    )
    await write_audit(connection, two.school_id, entry)
    if pair.gone.role is PersonRole.PUPIL:
        told = {"school_id": str(two.school_id), "into_person_id": str(two.stays)}
        await publish(connection, "importer", PERSON_MERGED, two.gone, told)

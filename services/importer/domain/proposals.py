"""How a proposal is written down, the same for people and groups: add, change, archive, ask."""

from collections.abc import Iterable
from heapq import nsmallest
from typing import NamedTuple
from uuid import UUID

from services.importer.domain.change import (
    NO_FIELDS,
    Action,
    Change,
    ChangeKind,
    Choice,
    Reason,
)
from services.importer.domain.roster import Fields

_MOST_CANDIDATES = 20
# Not read from their classes for each of many changes: an enum makes that slow.
_NEW = (Action.ADD, Reason.NEW_IN_SOURCE, Choice.ADD)
_BACK = (Action.REACTIVATE, Reason.BACK_IN_SOURCE, Choice.ADD)
_DIFFERS = (Action.UPDATE, Reason.FIELDS_DIFFER, Choice.UPDATE)
_GONE = (Action.ARCHIVE, Reason.NOT_IN_SOURCE, Choice.ARCHIVE)


class Subject(NamedTuple):
    """Whom or what a proposal is about; `id` is that of the row to be made, too.

    `alias` names who or what is new; a row is named by its id.
    """

    kind: ChangeKind
    id: UUID
    role: str
    label: str
    alias: str | None = None


def identity_of_record(key: str | None, ref: str) -> str:
    """How a plan's digest names somebody new: without the id that was made up for them."""
    return f"new:{key or ref}"


def add(subject: Subject, after: Fields) -> Change:
    """Propose a row that the source has and Numo has not."""
    return _change(subject, _NEW, NO_FIELDS, after)


def change(
    subject: Subject,
    *,
    active: bool,
    before: Fields,
    after: Fields,
    held: frozenset[str] = frozenset(),
) -> Change | None:
    """Propose to bring back an archived row, or to change an active one; None when it is right."""
    if not active:
        return _change(subject, _BACK, before, after, held)
    return _change(subject, _DIFFERS, before, after, held) if after else None


def archive(subject: Subject) -> Change:
    """Propose to archive a row that the source does not have any more."""
    return _change(subject, _GONE, NO_FIELDS, NO_FIELDS)


def ask(
    kind: ChangeKind,
    *,
    reason: Reason,
    role: str,
    label: str,
    identity: str,
    after: Fields,
    candidates: Iterable[UUID],
    source_identity: str | None = None,
) -> Change:
    """A conflict: nothing changes until a human decides between the candidates.

    At most 20 of them, always the same ones: a file with one wrong key for everybody would
    otherwise name everybody as everybody's candidate.
    """
    return Change(
        kind=kind,
        action=Action.CONFLICT,
        reason=reason,
        role=role,
        label=label,
        alias=identity,
        after=after,
        candidate_ids=tuple(nsmallest(_MOST_CANDIDATES, candidates)),
        source_identity=source_identity,
    )


def _change(
    subject: Subject,
    what: tuple[Action, Reason, Choice],
    before: Fields,
    after: Fields,
    held: frozenset[str] = frozenset(),
) -> Change:
    # By place: by name it takes longer, and this is made for each of many.
    kind, row_id, role, label, alias = subject
    action, reason, choice = what
    made = Change(kind, action, reason, role, label, alias, row_id, choice, before, after)
    if not held:
        return made
    by_hand = tuple(sorted(held.intersection(after)))
    return made._replace(held=by_hand, kept=by_hand)

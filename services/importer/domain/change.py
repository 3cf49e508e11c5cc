"""One row of the controlescherm: what an import would change, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

SOURCE_KEY = "source_key"
NO_FIELDS: Mapping[str, str | None] = MappingProxyType({})
_NO_MOVES: Mapping[str, "KeyMove"] = MappingProxyType({})


class ChangeKind(StrEnum):
    """What kind of row would change."""

    PERSON = "person"
    GROUP = "group"
    MEMBERSHIP = "membership"


class Action(StrEnum):
    """What would happen to it; a conflict changes nothing until a human decides."""

    ADD = "add"
    UPDATE = "update"
    ARCHIVE = "archive"
    REACTIVATE = "reactivate"
    CONFLICT = "conflict"
    CLEAR = "clear"


# What somebody or something is there by, that was not.
COMES = frozenset({Action.ADD, Action.REACTIVATE})


class Choice(StrEnum):
    """Which of toevoegen, bijwerken and archiveren a change belongs to, or wissen."""

    ADD = "add"
    UPDATE = "update"
    ARCHIVE = "archive"
    CLEAR = "clear"


class Reason(StrEnum):
    """Why a change is proposed, or why it is a conflict."""

    NEW_IN_SOURCE = "new_in_source"
    FIELDS_DIFFER = "fields_differ"
    BACK_IN_SOURCE = "back_in_source"
    NOT_IN_SOURCE = "not_in_source"
    TWICE_IN_SOURCE = "twice_in_source"
    MATCHES_SEVERAL = "matches_several"
    KEYS_DISAGREE = "keys_disagree"
    SEVERAL_MATCH_ONE = "several_match_one"
    ROLE_DIFFERS = "role_differs"
    NAME_DIFFERS = "name_differs"
    SAME_NAME = "same_name"
    NUMBER_TAKEN = "number_taken"
    KEY_TAKEN = "key_taken"
    NO_KEY = "no_key"
    ERASED_BEFORE = "erased_before"
    LEFT_OUT = "left_out"
    UNDONE = "undone"
    EDITED_SINCE = "edited_since"
    DATAVELD_WITHDRAWN = "dataveld_withdrawn"
    KOPPELING_ENDED = "koppeling_ended"


class Outcome(StrEnum):
    """What became of a change when its import was applied."""

    APPLIED = "applied"
    NOT_CHOSEN = "not_chosen"
    SKIPPED = "skipped"


class Shape(StrEnum):
    """How a value of a key comes to who gets it."""

    PLAIN = "plain"
    HANDED_ON = "handed_on"
    SHARED = "shared"
    CHAIN = "chain"
    SWAP = "swap"
    RING = "ring"


class OutcomeReason(StrEnum):
    """Why a chosen change was skipped."""

    PUPIL_NUMBER_TAKEN = "pupil_number_taken"
    PERSON_NOT_THERE = "person_not_there"
    GROUP_NOT_THERE = "group_not_there"


@dataclass(frozen=True, slots=True)
class KeyMove:
    """One key of one change: who had the value before, if anybody, and its shape.

    plain: nobody had it; handed_on: who had it is archived, now or by the plan; shared: they keep
    it too (an e-mail address); chain: they get another or none; swap and ring: it goes round.
    """

    holder_id: UUID | None
    shape: Shape


def identity_of_row(row_id: UUID | None) -> str:
    """How a plan's digest names a row that is in Numo."""
    return f"id:{row_id}"


class Change(NamedTuple):
    """A proposed change; a tuple, as a frozen dataclass takes thrice as long to make.

    It has no id of its own: its row gets one when the plan is written.

    `subject_id` is the row's id, of a row to be made too; null for a conflict. `after` of an add
    has every value to store, of an update only those that differ; `before` has their old values.
    `alias` names a subject that its row's id does not name; see `identity`.
    `source_identity` is how a decision on a conflict is remembered.
    `held` are fields of `after` that were changed by hand in Numo; those in `kept` stay as they
    are. `klas` and `vestiging_code` say where the subject is now, or will be when it is new, and
    `klas_vestiging` which klas of that name: see the domain's places.
    `key_moves` are the keys among `after` that change hands: see the domain's key_moves.
    """

    kind: ChangeKind
    action: Action
    reason: Reason
    role: str
    label: str
    alias: str | None
    subject_id: UUID | None = None
    choice: Choice | None = None
    before: Mapping[str, str | None] = NO_FIELDS
    after: Mapping[str, str | None] = NO_FIELDS
    person_id: UUID | None = None
    group_id: UUID | None = None
    candidate_ids: tuple[UUID, ...] = ()
    source_identity: str | None = None
    held: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    klas: str | None = None
    klas_vestiging: str | None = None
    vestiging_code: str | None = None
    key_moves: Mapping[str, KeyMove] = _NO_MOVES

    @property
    def replaced(self) -> list[str]:
        """The fields whose value it replaces or empties, but for what stays as it is."""
        return [
            name
            for name in self.after
            if self.before.get(name) is not None and name not in self.kept
        ]

    @property
    def identity(self) -> str:
        """Names the subject without made-up ids, so that equal plans have equal digests."""
        return self.alias or identity_of_row(self.subject_id)

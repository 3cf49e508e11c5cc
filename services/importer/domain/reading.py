"""What is asked of a school's roster, and how much of it a caller may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Sight:
    """Nothing, unless it says so.

    `whole` is everybody; `groups_of` is who is in a group that this person teaches or mentors
    now; `oneself` is one person. Data protection by default (AVG art. 25): a docent needs the
    own groups, a leerling nobody else.
    """

    whole: bool = False
    groups_of: UUID | None = None
    oneself: UUID | None = None


WHOLE = Sight(whole=True)


def sight_of_docent(person_id: UUID | None) -> Sight:
    """The own groups; nothing for a docent whose token does not say who that is at school."""
    return Sight(groups_of=person_id, oneself=person_id)


def sight_of_leerling(person_id: UUID | None) -> Sight:
    """Only oneself."""
    return Sight(oneself=person_id)


@dataclass(frozen=True)
class RosterQuery:
    """Part of a list or of the feed; at most `limit` rows.

    `wanted` are values of columns, None for any; `in_group` and `as_member` ask for people with
    such an active membership. With `changed_since` the rows that changed after that version
    come in the order of their changes; `after` is where the page before ended: an id, or in the
    feed a version and an id.
    """

    limit: int
    wanted: Mapping[str, str | UUID | None] = field(default_factory=dict)
    sight: Sight = field(default_factory=Sight)
    in_group: UUID | None = None
    as_member: str | None = None
    changed_since: int | None = None
    after: tuple[int, UUID] | tuple[UUID] | None = None

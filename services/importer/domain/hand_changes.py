"""What may be changed by hand in Numo, and by whom.

Never what tells who somebody is: numbers, codes and ids are the source's. What was changed by hand
is held: an import shows the source's value and leaves it, unless it is chosen.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from services.importer.domain.normalise import clean
from services.importer.domain.roster import Fields

HandField = Literal[
    "given_name",
    "prefix",
    "family_name",
    "email",
    "username",
    "leerjaar",
    "onderwijssoort",
    "vestiging_code",
]
HAND_FIELDS: tuple[str, ...] = get_args(HandField)


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose hand: of somebody who may change everybody, or of a docent."""

    caller: str
    is_docent: bool = False
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FieldChanged:
    """One field that somebody changed by hand, or gave back to the source (`released`)."""

    field: str
    before: str | None
    after: str | None
    released: bool = False


def changes_by_hand(
    fields: Fields,
    held: Collection[str],
    wanted: Mapping[str, str | None],
    released: Collection[str],
) -> list[FieldChanged]:
    """What a request changes: a value that is set is held from then on, also when it is the same.

    What is released keeps its value until the source says another.
    """
    found = []
    for name in HAND_FIELDS:
        before = fields.get(name)
        if name in wanted:
            after = clean(wanted[name])
            if after != before or name not in held:
                found.append(FieldChanged(name, before, after))
        elif name in released and name in held:
            found.append(FieldChanged(name, before, before, released=True))
    return found


def held_after(held: Collection[str], changed: Collection[FieldChanged]) -> set[str]:
    """Which fields are held once these changes are made."""
    freed = {one.field for one in changed if one.released}
    return (set(held) | {one.field for one in changed}) - freed

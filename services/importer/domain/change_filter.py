"""Which rows of a controlescherm are meant: to look at, to choose, or to count."""

from dataclasses import dataclass

from services.importer.domain.brake import About, Brake, Scope
from services.importer.domain.carry_over import Difference
from services.importer.domain.change import Action, ChangeKind


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Every condition that is given must hold; `brake` is the key of one of the plan's brakes.

    `field` is one that changes, `held` whether one of them was changed by hand, `moves_key`
    whether one is a key, and `search` a part of the name or the number, whatever its case and
    accents.
    """

    kind: ChangeKind | None = None
    action: Action | None = None
    role: str | None = None
    reason: str | None = None
    klas: str | None = None
    vestiging: str | None = None
    field: str | None = None
    held: bool | None = None
    moves_key: bool | None = None
    chosen: bool | None = None
    difference: Difference | None = None
    search: str | None = None
    brake: Brake | None = None


def of_brake(brake: Brake) -> ChangeFilter:
    """The rows that a brake on how many change counted, before it looks at their values."""
    in_scope = {Scope.ROLE: "role", Scope.KLAS: "klas", Scope.VESTIGING: "vestiging"}
    place = {in_scope[brake.scope]: brake.value} if brake.scope in in_scope else {}
    return ChangeFilter(
        kind=ChangeKind.GROUP if brake.is_of_groups else ChangeKind.PERSON,
        action=Action.ARCHIVE if brake.about is About.ARCHIVE else Action.UPDATE,
        field=brake.field,
        role=place.get("role"),
        klas=place.get("klas"),
        vestiging=place.get("vestiging"),
    )

"""Which rows of a controlescherm are meant: to look at, to choose, or to count."""

from dataclasses import dataclass

from services.importer.domain.brake import About, Brake, Scope
from services.importer.domain.carry_over import Difference
from services.importer.domain.change import Action, ChangeKind

_ROWS_ABOUT = {
    About.ARCHIVE: Action.ARCHIVE,
    About.UPDATE: Action.UPDATE,
    About.ADD: Action.ADD,
}


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Every condition that is given must hold; `brake` is the key of one of the plan's brakes.

    `field` is one that changes, `held` whether one of them was changed by hand, `moves_key`
    whether one is a key, and `search` a part of the name or the number, whatever its case and
    accents. With a `klas`, `vestiging` is that of the klas.
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
    scope = brake.scope
    return ChangeFilter(
        kind=ChangeKind.GROUP if brake.is_of_groups else ChangeKind.PERSON,
        action=_ROWS_ABOUT[brake.about],
        field=brake.field,
        role=brake.value if scope is Scope.ROLE else brake.role,
        klas=brake.value if scope is Scope.KLAS else None,
        vestiging=brake.value if scope is Scope.VESTIGING else brake.vestiging,
    )

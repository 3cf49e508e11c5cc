"""How many changes there are of each kind and action, as the importer's API tells it."""

from collections.abc import Mapping

from pydantic import BaseModel

COUNTS_EXAMPLE = {
    "add": 1700,
    "update": 0,
    "archive": 0,
    "reactivate": 0,
    "conflict": 0,
    "clear": 0,
}


class Counts(BaseModel):
    """Changes by action."""

    add: int = 0
    update: int = 0
    archive: int = 0
    reactivate: int = 0
    conflict: int = 0
    clear: int = 0


def counted(found: Mapping[str, Mapping[str, int]] | None) -> dict[str, Counts] | None:
    """Show counts, of each list by action."""
    return None if found is None else {name: Counts(**numbers) for name, numbers in found.items()}

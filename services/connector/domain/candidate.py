"""An organisation that Somtoday lists, among which a school is looked up."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Candidate:
    """An organisation by Somtoday's id, with the BRINs that it lists for it."""

    id: UUID
    name: str
    brins: tuple[str, ...]

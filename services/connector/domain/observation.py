"""What Somtoday was seen to show of a koppeling, kept apart from what was stated of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.connector.domain.candidate import Candidate
from services.connector.domain.datavelden import Dataveld
from shared.roster.document import GroupRecord, PersonRecord, PersonRole


class Trait(StrEnum):
    """What groups and plaatsingen have, and a doelgroep may limit."""

    ONDERWIJSSOORT = "onderwijssoort"
    LEERJAAR = "leerjaar"
    VAK = "vak"


Appearance = tuple[str, Trait, str]


@dataclass
class Appeared:
    """Which traits a vestiging (Somtoday's id) delivered; of nobody in particular."""

    seen: set[Appearance] = field(default_factory=set)

    def note(self, somtoday_id: str, record: GroupRecord | PersonRecord) -> None:
        """Note the traits of a record, before the doelgroep is applied to it."""
        for trait in Trait:
            word = record.fields.get(trait.value)
            if word is not None:
                self.seen.add((somtoday_id, trait, word))


@dataclass(frozen=True)
class SeenVestiging:
    """A vestiging that was ever seen open; `is_open` at the last verification."""

    somtoday_id: UUID
    name: str
    codes: tuple[str, ...]
    first_seen_at: datetime
    last_seen_at: datetime
    is_open: bool


@dataclass(frozen=True)
class SeenDataveld:
    """Whether a dataveld may be read of a role in a vestiging; `changed_at` is since when."""

    somtoday_id: UUID
    role: PersonRole
    dataveld: Dataveld
    permitted: bool
    first_seen_at: datetime
    changed_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class SeenTrait:
    """An onderwijssoort, leerjaar or vak that appeared in a vestiging's roster."""

    somtoday_id: UUID
    trait: Trait
    word: str
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class Observed:
    """All that was seen; `last_refused_at` is the last 401, `last_roster_at` the last whole one."""

    vestigingen: Sequence[SeenVestiging] = ()
    datavelden: Sequence[SeenDataveld] = ()
    traits: Sequence[SeenTrait] = ()
    last_refused_at: datetime | None = None
    last_roster_at: datetime | None = None
    candidates: tuple[Candidate, ...] = ()

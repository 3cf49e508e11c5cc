"""What a generated school consists of; people carry their values under Somtoday's names."""

from dataclasses import dataclass, field
from datetime import date

Velden = dict[str, object]


@dataclass(slots=True)
class Vestiging:
    """One site of a school."""

    uuid: str
    naam: str
    afkorting: str
    brin6: str
    digidelivery_id: str


@dataclass(slots=True)
class Vak:
    """One school subject, as one vestiging has it."""

    uuid: str
    afkorting: str
    naam: str
    code: str
    vestiging: str


@dataclass(slots=True)
class Opleiding:
    """One course that a vestiging offers."""

    uuid: str
    afkorting: str
    naam: str
    code: str
    onderwijssoort: str
    leerjaren: list[int]
    vestiging: str


@dataclass(slots=True)
class Stamgroep:
    """One home class in one school year."""

    uuid: str
    naam: str
    vestiging: str
    onderwijssoort: str
    leerjaar: int
    schooljaar: str
    opleiding: str
    mentoren: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Lesgroep:
    """One teaching group in one school year; a few have no vak."""

    uuid: str
    naam: str
    vestiging: str
    onderwijssoort: str
    leerjaar: int
    schooljaar: str
    vak: str | None
    stamgroep: str | None
    docenten: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plaatsing:
    """A pupil's place during a number of days, with the groups that belong to it."""

    uuid: str
    schooljaar: str
    start: date
    end: date
    opleiding: str
    onderwijssoort: str
    leerjaar: int
    stamgroep: str | None
    lesgroepen: list[str]


@dataclass(slots=True)
class Leerling:
    """One pupil."""

    uuid: str
    vestiging: str
    velden: Velden
    plaatsingen: list[Plaatsing] = field(default_factory=list)

    def plaatsing_on(self, day: date) -> Plaatsing | None:
        """Give the plaatsing that runs on a day, if there is one."""
        return next((p for p in self.plaatsingen if p.start <= day <= p.end), None)


@dataclass(slots=True)
class Medewerker:
    """One employee; most of them teach."""

    uuid: str
    vestigingen: list[str]
    velden: Velden
    vakken: list[str]
    in_dienst: date
    uit_dienst: date | None = None


@dataclass(slots=True)
class School:
    """One organisation with all that it holds; version rises with every change."""

    uuid: str
    naam: str
    brin: str
    seed: int
    domein: str
    vestigingen: dict[str, Vestiging]
    vakken: dict[str, Vak] = field(default_factory=dict)
    opleidingen: dict[str, Opleiding] = field(default_factory=dict)
    stamgroepen: dict[str, Stamgroep] = field(default_factory=dict)
    lesgroepen: dict[str, Lesgroep] = field(default_factory=dict)
    leerlingen: dict[str, Leerling] = field(default_factory=dict)
    medewerkers: dict[str, Medewerker] = field(default_factory=dict)
    last_number: int = 100_000
    weeks: int = 0
    version: int = 0

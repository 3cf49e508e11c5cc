"""Lesgroepen of a school year, and the plaatsingen of the pupils who sit in them."""

from collections import defaultdict
from itertools import cycle
from random import Random

from services.sandbox.generate import names
from services.sandbox.generate.identity import new_uuid
from services.sandbox.generate.model import (
    Leerling,
    Lesgroep,
    Medewerker,
    Plaatsing,
    School,
    Stamgroep,
    Vak,
)
from services.sandbox.schooljaar import Period

UPPER_FROM = 3
CLUSTER_SIZE = 28
CHOICES = 4
SECOND_DOCENT = 0.05

Classes = list[tuple[Stamgroep, list[Leerling]]]


class Timetable:
    """Makes the lesgroepen of one school year and remembers who sits where."""

    def __init__(self, school: School, rng: Random) -> None:
        self.school = school
        self.rng = rng
        self.seats: dict[str, list[str]] = defaultdict(list)
        self.vakken: dict[tuple[str, str], Vak] = {
            (v.vestiging, v.afkorting): v for v in school.vakken.values()
        }
        self.turns: dict[tuple[str, str | None], cycle[Medewerker]] = {}

    def add_group(
        self, stam: Stamgroep, naam: str, vak: str | None, pupils: list[Leerling], *, linked: bool
    ) -> Lesgroep:
        """Make one lesgroep with its docent and seat the pupils in it."""
        group = Lesgroep(
            uuid=new_uuid(self.rng),
            naam=naam,
            vestiging=stam.vestiging,
            onderwijssoort=stam.onderwijssoort,
            leerjaar=stam.leerjaar,
            schooljaar=stam.schooljaar,
            vak=self.vakken[stam.vestiging, vak].uuid if vak else None,
            stamgroep=stam.uuid if linked else None,
            docenten=self._docenten(stam, vak),
        )
        self.school.lesgroepen[group.uuid] = group
        for pupil in pupils:
            self.seats[pupil.uuid].append(group.uuid)
        return group

    def _docenten(self, stam: Stamgroep, vak: str | None) -> list[str]:
        if vak is None:
            return list(stam.mentoren)
        first = self._next_docent(stam.vestiging, vak)
        chosen = [first.uuid]
        if self.rng.random() < SECOND_DOCENT:
            second = self._next_docent(stam.vestiging, None)
            chosen += [second.uuid] if second is not first else []
        return chosen

    def _next_docent(self, vestiging: str, vak: str | None) -> Medewerker:
        key = (vestiging, vak)
        if key not in self.turns:
            self.turns[key] = cycle(self._docenten_of(vestiging, vak))
        return next(self.turns[key])

    def _docenten_of(self, vestiging: str, vak: str | None) -> list[Medewerker]:
        here = [
            m
            for m in self.school.medewerkers.values()
            if vestiging in m.vestigingen and m.vakken and m.uit_dienst is None
        ]
        return [m for m in here if vak in m.vakken] or here


def fill_year(school: School, rng: Random, classes: Classes, period: Period) -> None:
    """Give every class its lesgroepen and every pupil in it a plaatsing for the period."""
    table = Timetable(school, rng)
    upper: dict[tuple[str, str, int], Classes] = defaultdict(list)
    for stam, pupils in classes:
        _class_groups(table, stam, pupils)
        if stam.leerjaar >= UPPER_FROM:
            upper[stam.vestiging, stam.onderwijssoort, stam.leerjaar].append((stam, pupils))
    for cell in upper.values():
        _cluster_groups(table, cell)
    for stam, pupils in classes:
        for pupil in pupils:
            pupil.plaatsingen.append(new_plaatsing(rng, stam, period, table.seats[pupil.uuid]))


def new_plaatsing(rng: Random, stam: Stamgroep, period: Period, lesgroepen: list[str]) -> Plaatsing:
    """Make a plaatsing in a class for a period."""
    return Plaatsing(
        uuid=new_uuid(rng),
        schooljaar=stam.schooljaar,
        start=period.start,
        end=period.end,
        opleiding=stam.opleiding,
        onderwijssoort=stam.onderwijssoort,
        leerjaar=stam.leerjaar,
        stamgroep=stam.uuid,
        lesgroepen=list(lesgroepen),
    )


def _class_groups(table: Timetable, stam: Stamgroep, pupils: list[Leerling]) -> None:
    vakken = names.CORE if stam.leerjaar >= UPPER_FROM else names.LOWER
    for vak in vakken:
        table.add_group(stam, f"{stam.naam}.{vak}", vak, pupils, linked=True)
    table.add_group(stam, f"{stam.naam}.mentor", None, pupils, linked=True)


def _cluster_groups(table: Timetable, cell: Classes) -> None:
    wanted: dict[str, list[Leerling]] = defaultdict(list)
    for _, pupils in cell:
        for pupil in pupils:
            for vak in table.rng.sample(names.ELECTIVES, CHOICES):
                wanted[vak].append(pupil)
    stam = cell[0][0]
    for vak, pupils in sorted(wanted.items()):
        clusters = -(-len(pupils) // CLUSTER_SIZE)
        for i in range(clusters):
            naam = f"{names.TRACKS[stam.onderwijssoort][0]}{stam.leerjaar}.{vak}{i + 1}"
            table.add_group(stam, naam, vak, pupils[i::clusters], linked=False)

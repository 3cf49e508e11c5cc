"""A whole school from a seed: sites, courses, classes, staff, pupils and groups."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from math import ceil
from random import Random

from services.sandbox.generate import names
from services.sandbox.generate.identity import derived_uuid, new_uuid, plain
from services.sandbox.generate.lessons import Classes, fill_year
from services.sandbox.generate.model import (
    Leerling,
    Medewerker,
    Opleiding,
    School,
    Stamgroep,
    Vak,
    Vestiging,
)
from services.sandbox.generate.people import add_likenesses, new_leerling, new_medewerker
from services.sandbox.schooljaar import first_year, year_period

CLASS_SIZE = 26
SMALL_CLASS_SIZE = 13
SMALL_SITE = 300
MIN_CLASSES = 4
PUPILS_PER_DOCENT = 13
# A board with many pupils has many sites, not ever larger ones.
PUPILS_PER_SITE = 2_500
# A vestiging code has two digits after the BRIN.
MOST_PUPILS = 100 * PUPILS_PER_SITE
SITES_BELOW = ((100, 1), (1000, 2))
SITES = (
    *("Noord", "Zuid", "Haven", "Oost", "West", "Centrum", "Park", "Kade", "Molen", "Duin"),
    *("Brug", "Toren", "Plein", "Veld", "Bos", "Meer", "Singel", "Hof", "Dijk", "Polder"),
)
PROFILES = (
    ("VMBO-T", "HAVO", "VWO"),
    ("VMBO-B", "VMBO-K", "VMBO-G", "VMBO-T"),
    ("HAVO", "VWO"),
)


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """What is known of a school before it is generated."""

    naam: str
    brin: str
    pupils: int
    seed: int

    @property
    def uuid(self) -> str:
        """Give the organisation's UUID, the same for the same BRIN and seed."""
        return _organisation(self.seed, self.brin)

    def vestigingen(self) -> list[Vestiging]:
        """Give the school's sites; how many depends on its size."""
        small = next((sites for below, sites in SITES_BELOW if self.pupils < below), 3)
        count = max(small, ceil(self.pupils / PUPILS_PER_SITE))
        return [self._vestiging(i, count) for i in range(count)]

    def _vestiging(self, i: int, count: int) -> Vestiging:
        turn, nth = divmod(i, len(SITES))
        site = f"{SITES[nth]} {turn + 1}" if turn else SITES[nth]
        naam = self.naam if count == 1 else f"{self.naam} {site}"
        uuid = derived_uuid(self.uuid, f"vestiging{i}")
        initials = "".join(word[0] for word in naam.split()).upper()
        return Vestiging(
            uuid, naam, initials, f"{self.brin}{i:02d}", derived_uuid(uuid, "digidelivery")
        )


@cache
def _organisation(seed: int, brin: str) -> str:
    return new_uuid(Random(f"{seed}/{brin}"))


def generate_school(plan: SchoolPlan, today: date) -> School:
    """Generate the school of a plan, in the school year of a day."""
    rng = Random(f"{plan.seed}/{plan.brin}/{plan.pupils}")
    sites = {v.uuid: v for v in plan.vestigingen()}
    domein = f"{plain(plan.naam)}.example"
    school = School(plan.uuid, plan.naam, plan.brin, plan.seed, domein, sites)
    year = first_year(today)
    everyone: list[Leerling] = []
    classes: Classes = []
    for i, site in enumerate(sites.values()):
        share = plan.pupils // len(sites) + (1 if i < plan.pupils % len(sites) else 0)
        staff = _staff(school, rng, site, share, year)
        classes += _classes(
            school,
            rng,
            site,
            profile=PROFILES[i % len(PROFILES)],
            pupils=share,
            staff=staff,
            year=year,
        )
    for _, pupils in classes:
        everyone += pupils
    add_likenesses(everyone, rng)
    fill_year(school, rng, classes, year_period(year))
    return school


def _staff(
    school: School, rng: Random, site: Vestiging, pupils: int, year: int
) -> list[Medewerker]:
    for afkorting, naam, code in names.VAKKEN:
        vak = Vak(new_uuid(rng), afkorting, naam, code, site.uuid)
        school.vakken[vak.uuid] = vak
    others = [uuid for uuid in school.vestigingen if uuid != site.uuid]
    docenten = []
    for i in range(max(5, pupils // PUPILS_PER_DOCENT)):
        afkortingen = [names.VAKKEN[(i + step) % len(names.VAKKEN)][0] for step in (0, 5)]
        sites = [site.uuid, rng.choice(others)] if others and i % 9 == 0 else [site.uuid]
        hired = date(year - rng.randrange(1, 20), 8, 1)
        docenten.append(new_medewerker(school, rng, sites, afkortingen, hired))
    for _ in range(1 + pupils // 200):
        new_medewerker(school, rng, [site.uuid], [], date(year - 2, 8, 1))
    return docenten


def _classes(
    school: School,
    rng: Random,
    site: Vestiging,
    *,
    profile: tuple[str, ...],
    pupils: int,
    staff: list[Medewerker],
    year: int,
) -> Classes:
    size = CLASS_SIZE if pupils >= SMALL_SITE else SMALL_CLASS_SIZE
    count = max(MIN_CLASSES, round(pupils / size))
    courses = {soort: _opleiding(school, rng, site, soort) for soort in profile}
    cells = _cells(profile, count)
    classes: Classes = []
    for i, (soort, leerjaar, letter) in enumerate(cells):
        stam = new_stamgroep(rng, courses[soort], leerjaar, letter, year)
        stam.mentoren.append(staff[i % len(staff)].uuid)
        school.stamgroepen[stam.uuid] = stam
        seats = pupils // count + (1 if i < pupils % count else 0)
        members = [new_leerling(school, rng, site.uuid, leerjaar, year) for _ in range(seats)]
        classes.append((stam, members))
    return classes


def _cells(profile: tuple[str, ...], count: int) -> list[tuple[str, int, str]]:
    every = [
        (soort, leerjaar)
        for leerjaar in range(1, 7)
        for soort in profile
        if leerjaar <= names.TRACKS[soort][1]
    ]
    kept = min(len(every), max(2, count * 2 // 3))
    used = [every[i * len(every) // kept] for i in range(kept)]
    return [(*used[i % kept], "abcdefghijklmnopqrstuvwxyz"[i // kept]) for i in range(count)]


def _opleiding(school: School, rng: Random, site: Vestiging, soort: str) -> Opleiding:
    letter, years, code = names.TRACKS[soort]
    opleiding = Opleiding(
        uuid=new_uuid(rng),
        afkorting=letter.upper(),
        naam=soort.capitalize(),
        code=code,
        onderwijssoort=soort,
        leerjaren=list(range(1, years + 1)),
        vestiging=site.uuid,
    )
    school.opleidingen[opleiding.uuid] = opleiding
    return opleiding


def new_stamgroep(
    rng: Random, opleiding: Opleiding, leerjaar: int, letter: str, year: int
) -> Stamgroep:
    """Make a class of a course, named after course, leerjaar and letter."""
    return Stamgroep(
        uuid=new_uuid(rng),
        naam=f"{names.TRACKS[opleiding.onderwijssoort][0]}{leerjaar}{letter}",
        vestiging=opleiding.vestiging,
        onderwijssoort=opleiding.onderwijssoort,
        leerjaar=leerjaar,
        schooljaar=year_period(year).schooljaar,
        opleiding=opleiding.uuid,
    )

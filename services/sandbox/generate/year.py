"""The plan of the next school year, as a school makes it: seen with VOLGEND, real from August."""

from collections import defaultdict
from datetime import date
from random import Random
from string import ascii_lowercase

from services.sandbox.generate import names
from services.sandbox.generate.lessons import Classes, fill_year
from services.sandbox.generate.model import Leerling, School, Stamgroep
from services.sandbox.generate.people import new_leerling
from services.sandbox.generate.school import CLASS_SIZE, new_stamgroep
from services.sandbox.generate.week import Entry, describe, rename
from services.sandbox.schooljaar import first_year, year_period

REPEATS = 0.03
LEAVES = 0.02
RENAMED = 0.01

Report = dict[str, object]


class PlannedYear:
    """Who sits where next year, while it is being made."""

    def __init__(self, school: School, today: date) -> None:
        self.school = school
        self.today = today
        self.year = first_year(today) + 1
        self.rng = Random(f"{school.seed}/{school.brin}/year{self.year}")
        self.members: dict[tuple[str, int, str], list[Leerling]] = defaultdict(list)
        self.report: dict[str, list[Entry]] = {
            key: [] for key in ("promoted", "repeated", "left", "graduated", "renamed", "joined")
        }

    def advance(self, pupil: Leerling, stam: Stamgroep) -> None:
        """Decide where one pupil goes: up, again, or away."""
        chance = self.rng.random()
        entry = describe(pupil)
        leerjaar = stam.leerjaar + 1
        if chance < REPEATS:
            self.report["repeated"].append(entry)
            leerjaar = stam.leerjaar
        elif chance < REPEATS + LEAVES:
            self.report["left"].append(entry)
            return
        elif leerjaar > names.TRACKS[stam.onderwijssoort][1]:
            self.report["graduated"].append(entry)
            return
        else:
            self.report["promoted"].append(entry)
        self.members[stam.opleiding, leerjaar, stam.naam[2:]].append(pupil)
        if self.rng.random() < RENAMED:
            self.report["renamed"].append(entry | rename(self.rng, pupil))

    def add_newcomers(self) -> None:
        """Enrol first-years until the school is as large as it was."""
        gone = len(self.report["left"]) + len(self.report["graduated"])
        courses = [o for o in self.school.opleidingen.values() if 1 in o.leerjaren]
        for i in range(gone):
            opleiding = courses[i % len(courses)]
            pupil = new_leerling(self.school, self.rng, opleiding.vestiging, 1, self.year)
            letter = ascii_lowercase[i // len(courses) // CLASS_SIZE]
            self.members[opleiding.uuid, 1, letter].append(pupil)
            self.report["joined"].append(describe(pupil))

    def classes(self) -> Classes:
        """Make the stamgroepen of the year, each with a mentor of this year's staff."""
        made: Classes = []
        for (opleiding, leerjaar, letter), pupils in self.members.items():
            course = self.school.opleidingen[opleiding]
            stam = new_stamgroep(self.rng, course, leerjaar, letter, self.year)
            staff = [m for m in self.school.medewerkers.values() if m.vakken and not m.uit_dienst]
            near = [m for m in staff if course.vestiging in m.vestigingen]
            stam.mentoren.append(self.rng.choice(near or staff).uuid)
            self.school.stamgroepen[stam.uuid] = stam
            made.append((stam, pupils))
        return made


def next_year(school: School, today: date) -> Report:
    """Plan the school year after a day's, once; a second call changes nothing."""
    period = year_period(first_year(today) + 1)
    if any(g.schooljaar == period.schooljaar for g in school.stamgroepen.values()):
        return {"schooljaar": period.schooljaar, "already_planned": True}
    plan = PlannedYear(school, today)
    for pupil in list(school.leerlingen.values()):
        place = pupil.plaatsing_on(today)
        if place and place.stamgroep:
            plan.advance(pupil, school.stamgroepen[place.stamgroep])
    plan.add_newcomers()
    fill_year(school, plan.rng, plan.classes(), period)
    school.version += 1
    return {"schooljaar": period.schooljaar, "already_planned": False, **plan.report}

"""The move to the next week: a school changes, and tells exactly what changed."""

from datetime import date, timedelta
from random import Random

from services.sandbox.generate import names
from services.sandbox.generate.identity import new_uuid
from services.sandbox.generate.lessons import new_plaatsing
from services.sandbox.generate.model import (
    Leerling,
    Lesgroep,
    Plaatsing,
    School,
    Stamgroep,
)
from services.sandbox.generate.people import new_leerling
from services.sandbox.generate.staff import staff_changes
from services.sandbox.schooljaar import Period, first_year, year_period

Entry = dict[str, object]
Report = dict[str, list[Entry]]

SHARE = 100
LEAST = 2
MAKES_NEW_GROUP = 100
NEW_GROUP_SIZE = 8
DAY = timedelta(days=1)


class Week:
    """One step of one school to the next week, on the sandbox's today."""

    def __init__(self, school: School, today: date) -> None:
        school.weeks += 1
        school.version += 1
        self.school = school
        self.rng = Random(f"{school.seed}/{school.brin}/week{school.weeks}")
        self.today = today
        self.period = Period(
            today, year_period(first_year(today)).end, year_period(first_year(today)).schooljaar
        )
        self.seated = [
            (pupil, place)
            for pupil in school.leerlingen.values()
            if (place := pupil.plaatsing_on(today)) and place.start < today
        ]
        self.count = max(LEAST, len(self.seated) // SHARE)
        self.rng.shuffle(self.seated)

    def take(self, count: int) -> list[tuple[Leerling, Plaatsing]]:
        """Take pupils whom nothing else happens to this week."""
        taken, self.seated = self.seated[:count], self.seated[count:]
        return taken

    def classes(self, vestiging: str) -> list[Stamgroep]:
        """Give this year's classes of a vestiging."""
        return [
            g
            for g in self.school.stamgroepen.values()
            if g.vestiging == vestiging and g.schooljaar == self.period.schooljaar
        ]

    def place(self, pupil: Leerling, stam: Stamgroep) -> Plaatsing:
        """Put a pupil in a class from today, with the groups of a classmate."""
        mates = [
            place.lesgroepen
            for other in self.school.leerlingen.values()
            if (place := other.plaatsing_on(self.today)) and place.stamgroep == stam.uuid
        ]
        own = [g.uuid for g in self.school.lesgroepen.values() if g.stamgroep == stam.uuid]
        place = new_plaatsing(self.rng, stam, self.period, self.rng.choice(mates) if mates else own)
        pupil.plaatsingen.append(place)
        return place


def next_week(school: School, today: date) -> Report:
    """Move a school on by a week and report every change, one by one."""
    week = Week(school, today)
    report: Report = {
        "returned": _return_one(week),
        "left": [leave(pupil, today) for pupil, _ in week.take(week.count)],
        "moved": _move(week),
        "renamed": [_rename(week, pupil) for pupil, _ in week.take(1)],
        "joined": _join(week),
    }
    return (
        report | staff_changes(week.school, week.rng, today) | {"lesgroepen_new": _new_group(week)}
    )


def describe(pupil: Leerling) -> Entry:
    """Name a pupil in a report."""
    return {"uuid": pupil.uuid, "leerlingnummer": pupil.velden["leerlingnummer"]}


def leave(pupil: Leerling, today: date) -> Entry:
    """Let a pupil's place end yesterday, and what was planned for later not begin."""
    pupil.plaatsingen = [place for place in pupil.plaatsingen if place.start < today]
    for place in pupil.plaatsingen:
        place.end = min(place.end, today - DAY)
    return describe(pupil)


def leave_in_numbers(school: School, today: date, share: float) -> list[Entry]:
    """Let a share of all pupils leave at once, as after a mistake at the school."""
    present = [p for p in school.leerlingen.values() if p.plaatsing_on(today)]
    school.version += 1
    return [leave(pupil, today) for pupil in present[: round(len(present) * share)]]


def _return_one(week: Week) -> list[Entry]:
    gone = [
        p
        for p in week.school.leerlingen.values()
        if p.plaatsingen and max(place.end for place in p.plaatsingen) < week.today
    ]
    if not gone:
        return []
    pupil = week.rng.choice(gone)
    last = pupil.plaatsingen[-1]
    classes = week.classes(pupil.vestiging)
    stam = next((g for g in classes if g.uuid == last.stamgroep), None)
    if stam is None and not classes:
        return []
    place = week.place(pupil, stam or week.rng.choice(classes))
    return [describe(pupil) | _seat(week, place)]


def _move(week: Week) -> list[Entry]:
    moved = []
    for pupil, place in week.take(week.count):
        options = [g for g in week.classes(pupil.vestiging) if g.uuid != place.stamgroep]
        near = [
            g
            for g in options
            if (g.onderwijssoort, g.leerjaar) == (place.onderwijssoort, place.leerjaar)
        ]
        if not options:
            continue
        place.end = week.today - DAY
        after = week.place(pupil, week.rng.choice(near or options))
        moved.append(describe(pupil) | _journey(week, place, after))
    return moved


def _journey(week: Week, before: Plaatsing, after: Plaatsing) -> Entry:
    groups = week.school.stamgroepen
    return {
        "from": groups[before.stamgroep].naam if before.stamgroep else None,
        "to": groups[after.stamgroep].naam if after.stamgroep else None,
        "from_uuid": before.stamgroep,
        "to_uuid": after.stamgroep,
        "lesgroepen_before": list(before.lesgroepen),
        "lesgroepen_after": list(after.lesgroepen),
    }


def _seat(week: Week, place: Plaatsing) -> Entry:
    stam = week.school.stamgroepen[place.stamgroep] if place.stamgroep else None
    return {
        "stamgroep": stam.naam if stam else None,
        "stamgroep_uuid": place.stamgroep,
        "lesgroepen": list(place.lesgroepen),
    }


def _rename(week: Week, pupil: Leerling) -> Entry:
    return describe(pupil) | rename(week.rng, pupil)


def rename(rng: Random, pupil: Leerling) -> Entry:
    """Give a pupil another surname and tell before and after."""
    before = pupil.velden["achternaam"]
    after = rng.choice([name for name in names.NEW_SURNAMES if name != before])
    pupil.velden["achternaam"] = after
    return {"field": "achternaam", "before": before, "after": after}


def _join(week: Week) -> list[Entry]:
    joined = []
    for _ in range(week.count):
        vestiging = week.rng.choice(list(week.school.vestigingen))
        if not (classes := week.classes(vestiging)):
            continue
        stam = week.rng.choice(classes)
        year = first_year(week.today)
        pupil = new_leerling(week.school, week.rng, vestiging, stam.leerjaar, year)
        joined.append(describe(pupil) | _seat(week, week.place(pupil, stam)))
    return joined


def _new_group(week: Week) -> list[Entry]:
    if len(week.school.leerlingen) < MAKES_NEW_GROUP or not week.seated:
        return []
    vestiging = week.seated[0][0].vestiging
    members = [(p, place) for p, place in week.seated if p.vestiging == vestiging]
    members = members[:NEW_GROUP_SIZE]
    first = members[0][1]
    group = Lesgroep(
        uuid=new_uuid(week.rng),
        naam=f"steun{week.school.weeks}",
        vestiging=vestiging,
        onderwijssoort=first.onderwijssoort,
        leerjaar=first.leerjaar,
        schooljaar=first.schooljaar,
        vak=None,
        stamgroep=None,
        docenten=week.school.lesgroepen[first.lesgroepen[0]].docenten[:1],
    )
    week.school.lesgroepen[group.uuid] = group
    for _, place in members:
        place.lesgroepen.append(group.uuid)
    who: Entry = {
        "leerlingen": [pupil.uuid for pupil, _ in members],
        "docenten": list(group.docenten),
    }
    return [{"uuid": group.uuid, "naam": group.naam} | who]

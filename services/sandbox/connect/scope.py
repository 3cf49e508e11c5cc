"""Which objects of a vestiging a koppeling shows in a period: the doelgroep enforced."""

from collections import defaultdict
from dataclasses import dataclass

from services.sandbox.generate.model import (
    Leerling,
    Lesgroep,
    Medewerker,
    Opleiding,
    Plaatsing,
    School,
    Stamgroep,
    Vak,
)
from services.sandbox.koppeling import Doelgroep
from services.sandbox.schooljaar import Period


@dataclass(slots=True)
class Scope:
    """The visible objects by UUID, and who sits in which visible group."""

    lesgroepen: dict[str, Lesgroep]
    stamgroepen: dict[str, Stamgroep]
    leerlingen: dict[str, tuple[Leerling, list[Plaatsing]]]
    medewerkers: dict[str, Medewerker]
    vakken: dict[str, Vak]
    opleidingen: dict[str, Opleiding]
    members: dict[str, list[str]]


def build_scope(school: School, doelgroep: Doelgroep, vestiging: str, period: Period) -> Scope:
    """Apply a doelgroep to one vestiging in one period."""
    lesgroepen = _lesgroepen(school, doelgroep, vestiging, period)
    leerlingen = _leerlingen(school, doelgroep, vestiging, period, lesgroepen)
    members = _members(leerlingen, lesgroepen)
    return Scope(
        lesgroepen=lesgroepen,
        stamgroepen={
            g.uuid: g
            for g in school.stamgroepen.values()
            if g.vestiging == vestiging
            and g.schooljaar == period.schooljaar
            and doelgroep.admits(g.onderwijssoort, g.leerjaar)
            and (not doelgroep.vakken or members.get(g.uuid))
        },
        leerlingen=leerlingen,
        medewerkers=_medewerkers(school, doelgroep, vestiging, period, lesgroepen),
        vakken=_vakken(school, doelgroep, vestiging),
        opleidingen={
            o.uuid: o
            for o in school.opleidingen.values()
            if o.vestiging == vestiging
            and any(doelgroep.admits(o.onderwijssoort, j) for j in o.leerjaren)
        },
        members=members,
    )


def _lesgroepen(
    school: School, doelgroep: Doelgroep, vestiging: str, period: Period
) -> dict[str, Lesgroep]:
    return {
        g.uuid: g
        for g in school.lesgroepen.values()
        if g.vestiging == vestiging
        and g.schooljaar == period.schooljaar
        and doelgroep.admits_lesgroep(g, school.vakken[g.vak].afkorting if g.vak else None)
    }


def _leerlingen(
    school: School,
    doelgroep: Doelgroep,
    vestiging: str,
    period: Period,
    lesgroepen: dict[str, Lesgroep],
) -> dict[str, tuple[Leerling, list[Plaatsing]]]:
    visible = {}
    for pupil in school.leerlingen.values():
        if pupil.vestiging != vestiging:
            continue
        places = [
            p
            for p in pupil.plaatsingen
            if period.overlaps(p.start, p.end)
            and doelgroep.admits_plaatsing(p)
            and (not doelgroep.vakken or any(g in lesgroepen for g in p.lesgroepen))
        ]
        if places:
            visible[pupil.uuid] = (pupil, places)
    return visible


def _members(
    leerlingen: dict[str, tuple[Leerling, list[Plaatsing]]], lesgroepen: dict[str, Lesgroep]
) -> dict[str, list[str]]:
    members: dict[str, dict[str, None]] = defaultdict(dict)
    for uuid, (_, places) in leerlingen.items():
        for place in places:
            if place.stamgroep:
                members[place.stamgroep][uuid] = None
            for group in place.lesgroepen:
                if group in lesgroepen:
                    members[group][uuid] = None
    return {group: list(uuids) for group, uuids in members.items()}


def _medewerkers(
    school: School,
    doelgroep: Doelgroep,
    vestiging: str,
    period: Period,
    lesgroepen: dict[str, Lesgroep],
) -> dict[str, Medewerker]:
    here = {
        m.uuid: m
        for m in school.medewerkers.values()
        if vestiging in m.vestigingen and period.overlaps(m.in_dienst, m.uit_dienst)
    }
    if not doelgroep.is_narrowed:
        return here
    teaching = {uuid for group in lesgroepen.values() for uuid in group.docenten}
    return {uuid: m for uuid, m in here.items() if uuid in teaching}


def _vakken(school: School, doelgroep: Doelgroep, vestiging: str) -> dict[str, Vak]:
    return {
        v.uuid: v
        for v in school.vakken.values()
        if v.vestiging == vestiging and (not doelgroep.vakken or v.afkorting in doelgroep.vakken)
    }

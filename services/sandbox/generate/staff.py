"""The staff of a school in one week: one teacher hands everything over to a new one."""

from datetime import date, timedelta
from random import Random

from services.sandbox.generate.model import Lesgroep, Medewerker, School, Stamgroep
from services.sandbox.generate.people import new_medewerker

Entry = dict[str, object]
Report = dict[str, list[Entry]]


def staff_changes(school: School, rng: Random, today: date) -> Report:
    """Let a teacher leave and another one take over, and report who and what."""
    teaching = [
        m
        for m in school.medewerkers.values()
        if m.vakken and m.uit_dienst is None and m.in_dienst < today
    ]
    if not teaching:
        nothing: Report = {"teachers_joined": [], "teachers_left": []}
        return nothing | {"docenten_changed": [], "mentoren_changed": []}
    old = rng.choice(teaching)
    old.uit_dienst = today - timedelta(days=1)
    new = new_medewerker(school, rng, list(old.vestigingen), old.vakken, today)
    groups = [g for g in school.lesgroepen.values() if old.uuid in g.docenten]
    classes = [g for g in school.stamgroepen.values() if old.uuid in g.mentoren]
    return {
        "teachers_joined": [_describe_docent(new)],
        "teachers_left": [_describe_docent(old)],
        "docenten_changed": [_hand_over_lessons(group, old, new) for group in groups],
        "mentoren_changed": [_hand_over_class(stam, old, new) for stam in classes],
    }


def _describe_docent(medewerker: Medewerker) -> Entry:
    return {"uuid": medewerker.uuid, "afkorting": medewerker.velden["afkorting"]}


def _hand_over_lessons(group: Lesgroep, old: Medewerker, new: Medewerker) -> Entry:
    before = list(group.docenten)
    group.docenten = [new.uuid if d == old.uuid else d for d in before]
    return {"uuid": group.uuid, "naam": group.naam, "before": before, "after": group.docenten}


def _hand_over_class(stam: Stamgroep, old: Medewerker, new: Medewerker) -> Entry:
    before = list(stam.mentoren)
    stam.mentoren = [new.uuid if m == old.uuid else m for m in before]
    return {"uuid": stam.uuid, "naam": stam.naam, "before": before, "after": stam.mentoren}

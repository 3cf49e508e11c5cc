"""Where stated and observed differ, one finding at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.connector.domain.datavelden import Dataveld, datavelden_of
from services.connector.domain.disagreement import Finding, Stated, disagreements
from services.connector.domain.doelgroep import EVERYBODY, Doelgroep
from services.connector.domain.observation import (
    Observed,
    SeenDataveld,
    SeenTrait,
    SeenVestiging,
    Trait,
)
from shared.roster.document import PersonRole

THEN = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = THEN + timedelta(days=30)
NORTH, SOUTH = UUID(int=1), UUID(int=2)
AGREED = Stated(EVERYBODY, [Dataveld.ACHTERNAAM], [Dataveld.EMAILADRES])


def site(number: UUID, code: str, *, is_open: bool = True, since: datetime = THEN) -> SeenVestiging:
    name = "Noord" if number == NORTH else "Zuid"
    return SeenVestiging(number, name, (code,), since, LATER, is_open)


def seen(
    dataveld: Dataveld, *, permitted: bool, changed_at: datetime = THEN, where: UUID = NORTH
) -> SeenDataveld:
    role = PersonRole.PUPIL
    return SeenDataveld(where, role, dataveld, permitted, THEN, changed_at, LATER)


BOTH = Observed([site(NORTH, "99ZX00"), site(SOUTH, "99ZX01")])


def codes(stated: Stated, observed: Observed) -> list[tuple[Finding, str | None, str | None]]:
    return [(one.code, one.vestiging, one.subject) for one in disagreements(stated, observed)]


def test_what_agrees_is_not_mentioned() -> None:
    everything = [
        replace(seen(dataveld, permitted=True), role=role)
        for role in PersonRole
        for dataveld in datavelden_of(role)
    ]
    assert codes(AGREED, replace(BOTH, datavelden=everything)) == []


def test_a_vestiging_that_vanished_is_a_warning_since_it_was_last_seen() -> None:
    gone = Observed([site(NORTH, "99ZX00"), site(SOUTH, "99ZX01", is_open=False)])
    (found,) = disagreements(AGREED, gone)
    assert (found.code, found.vestiging, found.since) == (
        Finding.VESTIGING_VANISHED,
        "Zuid",
        LATER,
    )
    assert found.is_warning
    assert found.detail == "Vestiging Zuid stond open in Somtoday, maar nu niet meer."


def test_open_and_not_stated_and_stated_and_never_open_are_told_apart() -> None:
    stated = replace(AGREED, doelgroep=Doelgroep.stated(vestigingen=["99zx00", "99ZX07"]))
    assert codes(stated, BOTH) == [
        (Finding.STATED_VESTIGING_NOT_OPEN, None, "99ZX07"),
        (Finding.OPEN_VESTIGING_NOT_STATED, "Zuid", None),
    ]


def test_a_vestiging_that_was_opened_later_is_worth_knowing() -> None:
    wider = Observed([site(NORTH, "99ZX00"), site(SOUTH, "99ZX01", since=LATER)])
    assert codes(AGREED, wider) == [(Finding.VESTIGING_ADDED, "Zuid", None)]
    assert not disagreements(AGREED, wider)[0].is_warning


@pytest.mark.parametrize(
    ("dataveld", "code", "is_warning"),
    [
        (Dataveld.ACHTERNAAM, Finding.REQUIRED_DATAVELD_NOT_PERMITTED, True),
        (Dataveld.PLAATSINGEN, Finding.REQUIRED_DATAVELD_NOT_PERMITTED, True),
        (Dataveld.EMAILADRES, Finding.STATED_DATAVELD_NOT_PERMITTED, False),
        (Dataveld.ECKID, None, False),
    ],
)
def test_a_dataveld_that_is_not_permitted_is_told_by_what_was_agreed(
    dataveld: Dataveld, code: Finding | None, *, is_warning: bool
) -> None:
    refused = replace(BOTH, datavelden=[seen(dataveld, permitted=False, changed_at=LATER)])
    found = disagreements(AGREED, refused)
    assert [one.code for one in found] == ([] if code is None else [code])
    for one in found:
        assert (one.vestiging, one.subject, one.role) == ("Noord", dataveld, PersonRole.PUPIL)
        assert (one.since, one.is_warning) == (LATER, is_warning)


def test_a_dataveld_that_came_later_is_worth_knowing() -> None:
    later = seen(Dataveld.EMAILADRES, permitted=True, changed_at=LATER)
    assert codes(AGREED, replace(BOTH, datavelden=[later])) == [
        (Finding.DATAVELD_ADDED, "Noord", "emailadres")
    ]


def test_datavelden_of_a_vestiging_that_is_not_read_do_not_matter() -> None:
    refused = seen(Dataveld.ACHTERNAAM, permitted=False, where=SOUTH)
    stated = replace(AGREED, doelgroep=Doelgroep.stated(vestigingen=["99ZX00"]))
    found = codes(stated, replace(BOTH, datavelden=[refused]))
    assert [code for code, *_ in found] == [Finding.OPEN_VESTIGING_NOT_STATED]


def test_what_never_appears_is_told_once_a_roster_was_read() -> None:
    narrow = Doelgroep.stated(onderwijssoorten=["HAVO"], leerjaren=[3, 4], vakken=["bio"])
    stated = replace(AGREED, doelgroep=narrow)
    assert codes(stated, BOTH) == []
    traits = [
        SeenTrait(NORTH, Trait.LEERJAAR, "3", THEN, LATER),
        SeenTrait(NORTH, Trait.ONDERWIJSSOORT, "havo", THEN, LATER),
    ]
    read = replace(BOTH, last_roster_at=LATER, traits=traits)
    assert codes(stated, read) == [
        (Finding.LEERJAAR_NEVER_APPEARS, None, "4"),
        (Finding.VAK_NEVER_APPEARS, None, "bio"),
    ]

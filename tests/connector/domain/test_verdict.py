from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connector.domain.datavelden import (
    STRUCTURE,
    Dataveld,
    Permitted,
    datavelden_of,
    not_permitted,
)
from services.connector.domain.koppeling import Event
from services.connector.domain.verdict import (
    INSUFFICIENCIES,
    ObservedVestiging,
    Problem,
    Verdict,
    judge,
)
from shared.roster.document import PersonRole

ORGANISATION = UUID(int=7)
EVERYTHING: Permitted = {role: datavelden_of(role) for role in PersonRole}
NAMES = [Dataveld.ROEPNAAM, Dataveld.ACHTERNAAM]


def site(number: int, permitted: Permitted = EVERYTHING) -> ObservedVestiging:
    return ObservedVestiging(UUID(int=number), f"Locatie {number}", (f"99ZX0{number}",), permitted)


def without(role: PersonRole, *datavelden: Dataveld) -> Permitted:
    return {**EVERYTHING, role: datavelden_of(role) - set(datavelden)}


def test_no_open_vestiging_means_not_opened() -> None:
    verdict = judge(ORGANISATION, [], [], NAMES)
    assert (verdict.event, verdict.problem) == (Event.NOT_OPENED, Problem.NOT_OPENED)
    assert verdict.organisation_id == ORGANISATION
    assert verdict.is_conclusive


def test_everything_permitted_everywhere_confirms() -> None:
    sites = [site(1), site(2)]
    verdict = judge(ORGANISATION, sites, sites, NAMES)
    assert (verdict.event, verdict.problem, verdict.reason) == (Event.CONFIRMED, None, None)
    assert verdict.vestigingen == sites


def test_one_vestiging_that_withholds_a_dataveld_is_enough_to_refuse() -> None:
    poor = site(2, without(PersonRole.EMPLOYEE, Dataveld.ACHTERNAAM))
    verdict = judge(ORGANISATION, [site(1), poor], [site(1), poor], NAMES)
    assert verdict.event is Event.INSUFFICIENT
    assert verdict.problem is Problem.DATAVELD_NOT_PERMITTED
    assert verdict.reason == "medewerker.achternaam"


def test_what_is_missing_is_named_once_and_in_order() -> None:
    poor = without(PersonRole.PUPIL, Dataveld.ROEPNAAM, Dataveld.ACHTERNAAM)
    sites = [site(1, poor), site(2, poor)]
    verdict = judge(ORGANISATION, sites, sites, NAMES)
    assert verdict.reason == "leerling.achternaam, leerling.roepnaam"


@pytest.mark.parametrize("dataveld", sorted(STRUCTURE))
def test_a_pupils_groups_are_required_even_when_the_product_does_not_ask(
    dataveld: Dataveld,
) -> None:
    sites = [site(1, without(PersonRole.PUPIL, dataveld))]
    verdict = judge(ORGANISATION, sites, sites, [])
    assert verdict.reason == f"leerling.{dataveld}"


def test_a_vestiging_outside_the_stated_doelgroep_may_withhold_what_it_likes() -> None:
    poor = site(2, without(PersonRole.EMPLOYEE, Dataveld.ACHTERNAAM))
    verdict = judge(ORGANISATION, [site(1), poor], [site(1)], NAMES)
    assert (verdict.event, verdict.problem) == (Event.CONFIRMED, None)
    assert verdict.vestigingen == [site(1), poor]


def test_when_no_stated_vestiging_is_open_nothing_may_be_fetched() -> None:
    verdict = judge(ORGANISATION, [site(1)], [], NAMES)
    assert verdict.event is Event.INSUFFICIENT
    assert verdict.problem is Problem.STATED_VESTIGING_NOT_OPEN
    assert verdict.problem in INSUFFICIENCIES


def test_a_failure_to_ask_tells_nothing() -> None:
    assert not Verdict(Event.FAILED, Problem.SOURCE_UNAVAILABLE).is_conclusive


def test_pupils_have_no_afkorting_and_employees_no_leerlingnummer() -> None:
    assert Dataveld.AFKORTING not in datavelden_of(PersonRole.PUPIL)
    assert Dataveld.LEERLINGNUMMER not in datavelden_of(PersonRole.EMPLOYEE)
    assert Dataveld.PLAATSINGEN not in datavelden_of(PersonRole.EMPLOYEE)
    required = [Dataveld.AFKORTING, Dataveld.LEERLINGNUMMER]
    assert not_permitted(required, {PersonRole.PUPIL: STRUCTURE, PersonRole.EMPLOYEE: ()}) == [
        "leerling.leerlingnummer",
        "medewerker.afkorting",
    ]


fields = st.frozensets(st.sampled_from(list(Dataveld)))


@given(required=fields, pupil=fields, employee=fields)
def test_nothing_is_missing_exactly_when_every_role_may_read_what_it_has(
    required: frozenset[Dataveld], pupil: frozenset[Dataveld], employee: frozenset[Dataveld]
) -> None:
    permitted = {PersonRole.PUPIL: pupil, PersonRole.EMPLOYEE: employee}
    missing = not_permitted(required, permitted)
    assert missing == sorted(set(missing))
    pupil_needs = (required & datavelden_of(PersonRole.PUPIL)) | STRUCTURE
    employee_needs = required & datavelden_of(PersonRole.EMPLOYEE)
    assert (not missing) is (pupil_needs <= pupil and employee_needs <= employee)

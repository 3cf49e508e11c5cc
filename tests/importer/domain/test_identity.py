"""A login is exactly one person, or nobody: the rule by examples and by its properties."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.identity import (
    Affiliation,
    Candidate,
    Found,
    Login,
    Resolution,
    resolve,
)
from shared.roster.document import PersonRole


def _candidate(number: int, role: PersonRole, **more: Any) -> Candidate:
    return Candidate(**{"id": UUID(int=number), "role": role, "active": True, **more})


PUPIL, EMPLOYEE = PersonRole
ANNA = _candidate(1, PUPIL, eck_id="eck-a", real_id="anna@school", pupil_number="00101")
BRAM = _candidate(2, PUPIL, eck_id="eck-b", real_id="bram@school", pupil_number="102")
EEFJE = _candidate(3, EMPLOYEE, real_id="vdb@school")
GONE = _candidate(4, PUPIL, eck_id="eck-g", real_id="gijs@school", active=False)
SCHOOL = (ANNA, BRAM, EEFJE, GONE)
SAME_ECK = replace(BRAM, eck_id="eck-a")
NEW = replace(GONE, id=UUID(int=5), active=True)


def _login(*affiliations: str, **keys: Any) -> Login:
    return Login(frozenset(map(Affiliation, affiliations or ("student",))), **keys)


@pytest.mark.parametrize(
    ("login", "people", "expected"),
    [
        (_login(eck_id="ECK-A"), SCHOOL, ANNA),
        (_login(real_id=" Anna@School "), SCHOOL, ANNA),
        (_login(profile_id="101@adm.school"), SCHOOL, ANNA),
        (_login(eck_id="eck-a", real_id="a.aalbers@school"), SCHOOL, ANNA),
        (_login("staff", real_id="vdb@school"), SCHOOL, EEFJE),
        (_login("student", "employee", real_id="vdb@school"), SCHOOL, EEFJE),
        (_login(eck_id="eck-g"), (*SCHOOL, NEW), NEW),
        (_login(), SCHOOL, Resolution.NO_KEY),
        (_login(profile_id="101"), SCHOOL, Resolution.NO_KEY),
        (_login(profile_id="@adm.school"), SCHOOL, Resolution.NO_KEY),
        (_login(eck_id="eck-x"), SCHOOL, Resolution.NO_MATCH),
        (_login("affiliate", eck_id="eck-a"), SCHOOL, Resolution.GUEST),
        (Login(frozenset(), eck_id="eck-a"), SCHOOL, Resolution.GUEST),
        (_login(eck_id="eck-a", real_id="anna@other"), SCHOOL, Resolution.GUEST),
        (_login(eck_id="eck-g"), SCHOOL, Resolution.ARCHIVED),
        (_login("student", real_id="vdb@school"), SCHOOL, Resolution.AFFILIATION_DIFFERS),
        (_login("employee", eck_id="eck-a"), SCHOOL, Resolution.AFFILIATION_DIFFERS),
        (_login("employee", eck_id="eck-g"), SCHOOL, Resolution.NO_MATCH),
        (_login("employee", profile_id="101@x"), SCHOOL, Resolution.AFFILIATION_DIFFERS),
        (_login(eck_id="eck-a"), (ANNA, SAME_ECK), Resolution.AMBIGUOUS),
        (_login(eck_id="eck-a", real_id="bram@school"), SCHOOL, Resolution.KEYS_DISAGREE),
        (_login(eck_id="eck-x", real_id="anna@school"), SCHOOL, Resolution.KEYS_DISAGREE),
        (_login(real_id="new@school", profile_id="102@x"), SCHOOL, Resolution.KEYS_DISAGREE),
        (_login(eck_id="eck-g", real_id="anna@school"), SCHOOL, Resolution.KEYS_DISAGREE),
    ],
)
def test_by_example(
    login: Login, people: tuple[Candidate, ...], expected: Candidate | Resolution
) -> None:
    resolved = isinstance(expected, Candidate)
    found = Found(Resolution.RESOLVED, expected) if resolved else Found(expected)  # type: ignore[arg-type]
    assert resolve(login, people) == found


def test_a_renamed_real_id_leads_to_the_same_person_by_what_stayed() -> None:
    renamed = "a.aalbers@school"
    for kept in ({"eck_id": "eck-a"}, {"eck_id": "eck-a", "profile_id": "101@x"}):
        assert resolve(_login(real_id=renamed, **kept), SCHOOL).person == ANNA
    for alone in ({}, {"profile_id": "101@x"}):
        assert resolve(_login(real_id=renamed, **alone), SCHOOL).person is None
    imported = [replace(ANNA, real_id=renamed), BRAM]
    assert resolve(_login(real_id=renamed), imported).person == imported[0]
    assert resolve(_login(real_id="anna@school"), imported).person is None


def test_an_archived_pupil_who_logs_in_is_refused_and_comes_in_once_active_again() -> None:
    for login in (_login(eck_id="eck-g"), _login(real_id="gijs@school")):
        assert resolve(login, SCHOOL) == Found(Resolution.ARCHIVED)
        back = replace(GONE, active=True)
        assert resolve(login, [ANNA, back]) == Found(Resolution.RESOLVED, back)


_realm = st.sampled_from(["school", "other"])
_eck = st.none() | st.sampled_from(["e1", "E1", "e2", "e3"])
_real = st.none() | st.builds("{}@{}".format, st.sampled_from(["a", "A", "b"]), _realm)
_number = st.none() | st.sampled_from(["1", "01", "2", "3"])
_people = st.lists(
    st.builds(
        Candidate,
        id=st.uuids(),
        role=st.sampled_from(PersonRole),
        active=st.booleans(),
        eck_id=_eck,
        real_id=_real,
        pupil_number=_number,
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
_logins = st.builds(
    Login,
    affiliations=st.frozensets(st.sampled_from(Affiliation)),
    eck_id=_eck,
    real_id=_real,
    profile_id=st.none() | st.builds("{}@x".format, st.sampled_from(["1", "01", "2", "3"])),
)


def _shared(login: Login, person: Candidate) -> bool:
    pairs = (
        (login.eck_id, person.eck_id),
        (login.real_id, person.real_id),
        (login.pupil_number, (person.pupil_number or "").lstrip("0")),
    )
    return any(one and other and one.casefold() == other.casefold() for one, other in pairs)


@given(_logins, _people)
def test_whoever_is_resolved_is_active_fits_and_is_named_by_a_key(
    login: Login, people: list[Candidate]
) -> None:
    found = resolve(login, people)
    assert (found.person is not None) == (found.resolution is Resolution.RESOLVED)
    if found.person is None:
        return
    person = found.person
    assert person in people
    assert person.active
    assert _shared(login, person)
    roles = {"student": PersonRole.PUPIL, "employee": PersonRole.EMPLOYEE}
    assert person.role in {
        roles.get(name.replace("staff", "employee")) for name in login.affiliations
    }
    if login.eck_id and person.eck_id:
        assert login.eck_id.casefold() == person.eck_id.casefold()
    if login.real_id and person.real_id:
        assert login.real_id.split("@")[1] == person.real_id.split("@")[1]


@given(_logins, _people, st.randoms())
def test_the_order_of_the_people_is_no_matter(
    login: Login, people: list[Candidate], random: Any
) -> None:
    shuffled = list(people)
    random.shuffle(shuffled)
    assert resolve(login, shuffled) == resolve(login, people)


@given(_logins, _people)
def test_who_shares_no_key_changes_nothing(login: Login, people: list[Candidate]) -> None:
    named = [one for one in people if _shared(login, one)]
    assert resolve(login, named) == resolve(login, people)


@given(_logins, _people)
def test_somebody_else_with_the_same_key_is_never_overlooked(
    login: Login, people: list[Candidate]
) -> None:
    found = resolve(login, people)
    if found.person is not None:
        double = replace(found.person, id=UUID(int=0))
        assert resolve(login, [*people, double]).person is None


def test_no_login_is_resolved_at_a_school_that_does_not_know_it() -> None:
    assert resolve(_login(eck_id="eck-a", real_id="anna@school"), []) == Found(Resolution.NO_MATCH)

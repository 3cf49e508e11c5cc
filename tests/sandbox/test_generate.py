import datetime as dt
import time
from collections import Counter
from dataclasses import asdict

import pytest

from services.sandbox.generate.identity import passes_elfproef
from services.sandbox.generate.model import School
from services.sandbox.generate.school import (
    CLASS_SIZE,
    MOST_PUPILS,
    PROFILES,
    PUPILS_PER_SITE,
    SchoolPlan,
    _cells,
    generate_school,
)

TODAY = dt.date(2026, 11, 24)


def make(pupils: int = 300, seed: int = 1, brin: str = "99ZY") -> School:
    return generate_school(SchoolPlan("Waterkant College", brin, pupils, seed), TODAY)


def test_the_same_seed_gives_the_same_school_and_another_another() -> None:
    assert asdict(make()) == asdict(make())
    assert set(make(seed=2).leerlingen).isdisjoint(make().leerlingen)


@pytest.mark.parametrize(("pupils", "sites"), [(20, 1), (30, 1), (300, 2), (2500, 3)])
def test_size(pupils: int, sites: int) -> None:
    school = make(pupils)
    assert len(school.leerlingen) == pupils
    assert len(school.vestigingen) == sites
    assert all(pupil.plaatsing_on(TODAY) for pupil in school.leerlingen.values())
    assert all(group.docenten for group in school.lesgroepen.values())


def test_a_large_school_is_made_quickly_and_has_every_onderwijssoort() -> None:
    start = time.perf_counter()
    school = make(2500)
    assert time.perf_counter() - start < 2
    soorten = {group.onderwijssoort for group in school.stamgroepen.values()}
    assert soorten == {"VMBO-B", "VMBO-K", "VMBO-G", "VMBO-T", "HAVO", "VWO"}
    assert {group.leerjaar for group in school.stamgroepen.values()} == set(range(1, 7))
    assert any(len(person.vestigingen) == 2 for person in school.medewerkers.values())
    assert any(not person.vakken for person in school.medewerkers.values())


@pytest.mark.parametrize(("pupils", "sites"), [(7_600, 4), (50_000, 20), (MOST_PUPILS, 100)])
def test_a_board_of_any_size_has_sites_of_a_size_that_its_class_names_reach(
    pupils: int, sites: int
) -> None:
    found = SchoolPlan("Waterkant College", "99ZY", pupils, 1).vestigingen()
    assert len({site.naam for site in found}) == len({site.brin6 for site in found}) == sites
    assert all(len(site.brin6) == 6 for site in found)
    assert pupils / sites <= PUPILS_PER_SITE


@pytest.mark.parametrize("profile", PROFILES)
def test_no_two_classes_of_the_largest_site_share_a_name(profile: tuple[str, ...]) -> None:
    count = PUPILS_PER_SITE // CLASS_SIZE + 1
    assert len(set(_cells(profile, count))) == count


def test_people_are_as_troublesome_as_real_ones() -> None:
    pupils = [pupil.velden for pupil in make().leerlingen.values()]
    names = Counter(
        (velden["roepnaam"], velden.get("voorvoegsel"), velden["achternaam"]) for velden in pupils
    )
    assert names.most_common(1)[0][1] > 1
    emails = Counter(velden.get("emailadres") for velden in pupils)
    assert emails.pop(None) > 0
    assert emails.most_common(1)[0][1] == 2
    assert any(velden.get("voorvoegsel") for velden in pupils)
    assert any(not str(velden["achternaam"] + velden["roepnaam"]).isascii() for velden in pupils)
    numbers = [velden["leerlingnummer"] for velden in pupils]
    assert len(numbers) == len(set(numbers))


def test_no_bsn_can_be_real() -> None:
    school = make(2500)
    assert not any(passes_elfproef(p.velden["BSN"]) for p in school.leerlingen.values())
    assert not any(passes_elfproef(m.velden["bsn"]) for m in school.medewerkers.values())
    assert passes_elfproef("111222333")


def test_abbreviations_of_staff_are_unique() -> None:
    codes = [person.velden["afkorting"] for person in make(2500).medewerkers.values()]
    assert len(codes) == len(set(codes))

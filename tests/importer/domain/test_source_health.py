"""A source that cannot be the truth is told so, and never reads as "all left"."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.importer.domain.roster import Document, Person, Roster
from services.importer.domain.run import Run, RunState, Source
from services.importer.domain.source_health import FEWEST, Health, examine, is_outdated
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from shared.roster.document import GroupKind, PersonRecord, PersonRole
from tests.importer.domain.builders import document, employee, pupil, roster, says, says_group
from tests.importer.domain.strategies import MOMENT

SOON = MOMENT + timedelta(minutes=5)
ANOTHER = ErrorCode.SOURCE_OF_ANOTHER_SCHOOL


def pupils(size: int, site: str | None = None, *, first: int = 1) -> list[Person]:
    place = {} if site is None else {"vestiging_code": site}
    return [
        pupil(f"k{at}", pupil_number=str(at), family_name=f"F{at}", **place)
        for at in range(first, first + size)
    ]


def said(people: list[Person], **more: str) -> list[PersonRecord]:
    return [
        says(one.source_key, one.role, **{**{n: v for n, v in one.fields.items() if v}, **more})
        for one in people
    ]


def judged(
    new: Document, old: Roster, last: datetime | None = None, now: datetime = SOON
) -> Health:
    return examine(new, old, last, now)


def test_a_source_with_nobody_failed_also_for_an_empty_school() -> None:
    for old in (roster([]), roster(pupils(50))):
        assert judged(document(), old).failure is ErrorCode.SOURCE_EMPTY
        classes = document(groups=[says_group("g", name="h3a")])
        assert judged(classes, old).failure is ErrorCode.SOURCE_EMPTY


@pytest.mark.parametrize(("known", "fails"), [(FEWEST - 1, False), (FEWEST, True), (40, True)])
@pytest.mark.parametrize("role", PersonRole)
def test_a_source_without_anybody_of_a_role_failed(
    known: int, role: PersonRole, *, fails: bool
) -> None:
    make = pupil if role is PersonRole.PUPIL else employee
    gone = [make(f"x{at}") for at in range(known)]
    other = employee("m") if role is PersonRole.PUPIL else pupil("p")
    found = judged(document(said([other])), roster([*gone, other]))
    assert (found.failure is ErrorCode.SOURCE_EMPTY) == fails
    assert not fails or str(known) in (found.detail or "")
    silent = document(said([other]), complete=("stamgroep",))
    assert judged(silent, roster([*gone, other])).failure is None, "it claims none of them"


@pytest.mark.parametrize(
    ("last", "now", "fails"),
    [
        (None, SOON, False),
        (MOMENT, SOON, False),
        (MOMENT + timedelta(seconds=1), SOON, True),
        (None, MOMENT + timedelta(hours=24), False),
        (None, MOMENT + timedelta(hours=24, seconds=1), True),
        (None, MOMENT - timedelta(hours=1), False),
        (None, MOMENT - timedelta(hours=1, seconds=1), True),
    ],
)
def test_a_stale_date_fails(last: datetime | None, now: datetime, *, fails: bool) -> None:
    found = judged(document(said(pupils(1))), roster([]), last, now)
    assert (found.failure is ErrorCode.SOURCE_STALE) == fails


def test_an_old_file_is_fine_unless_a_newer_one_was_applied() -> None:
    listed = document(said(pupils(1)), source="csv")
    assert judged(listed, roster([]), now=MOMENT + timedelta(days=90)).failure is None
    newer = judged(listed, roster([]), MOMENT + timedelta(seconds=1))
    assert newer.failure is ErrorCode.SOURCE_STALE


@pytest.mark.parametrize(
    ("size", "strangers", "fails"), [(9, 40, False), (40, 9, False), (10, 10, True), (40, 40, True)]
)
def test_nobody_known_of_ten_is_another_school(size: int, strangers: int, *, fails: bool) -> None:
    others = [says(f"x{at}", pupil_number=str(at), family_name="Z") for at in range(strangers)]
    found = judged(document(others), roster(pupils(size)))
    assert (found.failure is ANOTHER) == fails, "a number alone proves nobody known"
    assert judged(document(others, source="csv"), roster(pupils(size))).failure is None


@pytest.mark.parametrize(("known", "fails"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_tenth_known_by_a_lasting_key_or_number_and_name_is_enough(
    known: int, *, fails: bool
) -> None:
    """A teacher of two schools, or a pupil who moved, is known to both."""
    old = roster(pupils(30))
    others = [says(f"x{at}", pupil_number=f"9{at:03}", family_name="Z") for at in range(30)]
    by_key = [says(f"k{at}") for at in range(1, known + 1)]
    by_name = [
        says(f"new{at}", pupil_number=str(at), family_name=f"f{at}") for at in range(1, known + 1)
    ]
    for some in (by_key, by_name):
        found = judged(document([*some, *others[known:]]), old)
        assert (found.failure is ANOTHER) == fails


@pytest.mark.parametrize(
    ("known", "at_home", "fails"),
    [(0, 30, False), (0, 14, True), (1, 14, True), (1, 15, False), (1, 30, False)],
)
def test_a_doelgroep_of_which_all_pupils_are_new_is_of_the_same_vestigingen(
    known: int, at_home: int, *, fails: bool
) -> None:
    keys = [*(f"k{at}" for at in range(1, known + 1)), *(f"x{at}" for at in range(30))]
    sites = ["12AB00"] * at_home + ["12AB01"] * (30 - at_home)
    new = [says(key, vestiging_code=site) for key, site in zip(keys, sites, strict=False)]
    assert (judged(document(new), roster(pupils(30, "12AB00"))).failure is ANOTHER) == fails


@pytest.mark.parametrize(("known", "fails"), [(14, True), (15, False), (30, False)])
def test_foreign_brins_are_another_school_unless_half_of_it_is_known(
    known: int, *, fails: bool
) -> None:
    here = pupils(30, "12AB00")
    strangers = [says(f"x{at}", vestiging_code="34CD00") for at in range(30 - known)]
    found = judged(
        document([*said(here[:known], vestiging_code="34CD01"), *strangers]), roster(here)
    )
    assert (found.failure is ANOTHER) == fails, "a merged school keeps its pupils"


def test_one_shared_brin_or_none_at_all_proves_nothing() -> None:
    here = pupils(30, "12AB00")
    strangers = [says(f"x{at}", vestiging_code="34CD00") for at in range(27)]
    assert judged(document([*strangers, *said(here[:3])]), roster(here)).failure is None
    unplaced = [*said(pupils(3)), *(says(f"y{at}") for at in range(27))]
    assert judged(document(unplaced), roster(here)).failure is None


@pytest.mark.parametrize(("source", "outdates"), [(Source.SOMTODAY, True), (Source.CSV, False)])
def test_a_plan_outlives_its_source_by_a_day(source: Source, *, outdates: bool) -> None:
    run = Run(new_id(), new_id(), source, RunState.PLANNED, MOMENT, source_at=MOMENT)
    assert not is_outdated(run, MOMENT + timedelta(hours=24))
    assert is_outdated(run, MOMENT + timedelta(hours=24, seconds=1)) is outdates
    assert not is_outdated(replace(run, source_at=None), MOMENT + timedelta(days=9))
    unread = replace(run, replanned={"because": "asked", "problem": "source_incomplete"})
    assert is_outdated(unread, MOMENT) is outdates


def test_rows_that_come_twice_leave_their_kind_unproven() -> None:
    people = said(pupils(3))
    twice = [people[0].model_copy(update={"ref": "again"}), *people]
    groups = [says_group("g", GroupKind.LESGROEP, name="x")] * 3
    assert judged(document(twice, groups), roster([])) == Health(
        repeated={"lesgroep": 2, "pupil": 1}
    )
    assert judged(document(twice, groups, source="csv"), roster([])) == Health()

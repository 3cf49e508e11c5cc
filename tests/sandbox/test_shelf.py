"""What stands on a shelf is the same when it was packed meanwhile, with its changes."""

from datetime import date

from services.sandbox.generate.model import School
from services.sandbox.generate.school import SchoolPlan, generate_school
from services.sandbox.generate.week import next_week
from services.sandbox.shelf import Shelf

TODAY = date(2026, 11, 25)


def _school(brin: str) -> School:
    return generate_school(SchoolPlan("Waterkant", brin, 20, seed=1), TODAY)


def _shelf(*brins: str, room: int = 1) -> Shelf[str, School]:
    shelf: Shelf[str, School] = Shelf(room, lambda school: school.version)
    for brin in brins:
        shelf.put(brin, _school(brin))
    return shelf


def test_a_packed_school_is_the_school_that_was_put_there() -> None:
    shelf = _shelf("99AA", "99AB", "99AC")
    for brin in ("99AB", "99AA", "99AC", "99AA"):
        assert shelf.get(brin) == _school(brin)
    assert shelf.get("99AD") is None


def test_changes_are_packed_too_each_time() -> None:
    shelf = _shelf("99AA", "99AB")
    expected = _school("99AA")
    for week in range(1, 4):
        school = shelf.get("99AA")
        assert school is not None
        next_week(school, TODAY)
        next_week(expected, TODAY)
        assert shelf.get("99AB") is not None
        assert shelf.edition("99AA") == expected.version == week
        assert shelf.get("99AA") == expected


def test_the_edition_is_told_of_what_is_open_packed_and_not_there() -> None:
    shelf = _shelf("99AA", "99AB")
    assert [shelf.edition(brin) for brin in ("99AA", "99AB", "99AC")] == [0, 0, None]


def test_what_was_used_last_stays_as_it_is() -> None:
    shelf = _shelf("99AA", "99AB", room=2)
    first = shelf.get("99AA")
    shelf.put("99AC", _school("99AC"))
    assert shelf.get("99AA") is first

"""The list of another school: its pupils are not added before somebody says that it is ours."""

from shared.errors.codes import ErrorCode
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import pupil

OURS = [pupil(str(number), f"P{number}", "Boer") for number in range(1, 13)]
THEIRS = [f"leerling;{number};Q{number};;Visser;h9z" for number in range(7001, 7015)]
HEADER = "rol;leerlingnummer;voornaam;tussenvoegsel;achternaam;klas"
BAD = "leerling;;;Geen;Nummer;h9z"
KEY = "nobody_known:role:pupil"


async def test_the_list_of_another_school_adds_nobody_before_it_is_confirmed(desk: Desk) -> None:
    await desk.bring([*OURS])
    planned = await desk.plan_list([HEADER, *THEIRS])
    assert planned["choice"]["add"] is True
    found = (await desk.brakes(planned))[KEY]
    assert (found["about"], found["affected"], found["chosen"], found["holds"]) == (
        *("add", 14, 14, True),
    )
    told = assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
    assert [one["key"] for one in told["brakes"]] == [KEY], "nobody chose to archive"
    rows = await desk.changes(planned["id"], brake=KEY)
    assert {(one["kind"], one["action"], one["role"]) for one in rows} == {
        ("person", "add", "pupil")
    }
    assert len(rows) == 14
    # Fewer than ten prove nothing, whoever they are.
    few = {one["id"]: False for one in rows[:5]}
    await desk.choose(planned["id"], rows=few)
    assert (await desk.brakes(planned))[KEY]["holds"] is False
    await desk.choose(planned["id"], rows=dict.fromkeys(few, True))
    assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
    await desk.confirm(planned, KEY)
    assert (await desk.apply(planned))["state"] == "applied"
    assert len(await desk.people(state="active")) == len(OURS) + len(THEIRS)


async def test_the_first_list_of_a_school_and_its_own_list_hold_no_strangers(desk: Desk) -> None:
    assert (await desk.plan_list([HEADER, *THEIRS]))["brakes"] == []
    await desk.bring([*OURS])
    # One row that cannot be read, so that nobody would be archived: it is theirs all the same.
    assert list(await desk.brakes(await desk.plan_list([HEADER, *THEIRS, BAD]))) == [KEY]
    both = [*THEIRS, *(f"leerling;{number};P{number};;Boer;h3a" for number in range(1, 13))]
    assert (await desk.plan_list([HEADER, *both]))["brakes"] == []

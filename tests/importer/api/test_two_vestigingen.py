"""Every vestiging has its 1A: each is counted, shown, chosen and held by itself."""

from services.importer.domain.brake import BrakeCode
from shared.roster.document import GroupRecord, PersonRecord
from tests.importer.desk import Desk
from tests.importer.rosters import RosterRecord, employee, group, member, pupil

NORTH, SOUTH = "99ZY01", "99ZY02"


def at(site: str, record: PersonRecord) -> PersonRecord:
    """Somebody at a vestiging."""
    return record.model_copy(update={"fields": {**record.fields, "vestiging_code": site}})


def klas_of(site: str) -> GroupRecord:
    """The 1A of a vestiging."""
    record = group(f"1a-{site}")
    return record.model_copy(update={"fields": {"name": "1A", "vestiging_code": site}})


LARGE = [at(NORTH, pupil(str(number), f"P{number}", "Boer")) for number in range(1, 46)]
# One of them is enrolled elsewhere, and in this klas all the same.
SMALL = [at(SOUTH, pupil(str(number), f"P{number}", "Boer")) for number in range(101, 112)]
SMALL += [at(NORTH, pupil("112", "P112", "Boer"))]
OTHERS: list[RosterRecord] = [klas_of(NORTH), klas_of(SOUTH), at(SOUTH, employee("e", "E", "Bos"))]
KLAS = f"klas@{SOUTH}:1A"


def school(there: list[PersonRecord], in_klas: list[PersonRecord]) -> list[RosterRecord]:
    """All of the large 1A, and of the small one these."""
    large = [member(one, klas_of(NORTH)) for one in LARGE]
    return [*OTHERS, *LARGE, *there, *large, *(member(one, klas_of(SOUTH)) for one in in_klas)]


async def test_the_classes_of_one_name_are_told_apart(desk: Desk) -> None:
    await desk.bring(school(SMALL, SMALL))

    planned = await desk.plan(school(SMALL[:2], SMALL[:2]))
    held = {one["key"]: one for one in planned["brakes"]}
    told = f"10 van de 12 leerlingen van klas 1A (vestiging {SOUTH}) zouden worden gearchiveerd."
    found = held[f"many_archived:{KLAS}"]
    assert (found["detail"], found["value"], found["vestiging"]) == (told, "1A", SOUTH)
    rows = await desk.changes(planned["id"], brake=found["key"])
    assert {one["label"] for one in rows} == {
        f"P{one.fields['pupil_number']} Boer ({one.fields['pupil_number']})" for one in SMALL[2:]
    }
    where = {"klas": "1A", "vestiging": SOUTH, "kind": "person"}
    assert await desk.changes(planned["id"], **where) == rows
    assert await desk.changes(planned["id"], **{**where, "vestiging": NORTH}) == []
    summary = (await desk.client.get(f"/v1/imports/{planned['id']}/summary")).json()
    of_people = [one for one in summary["klas"] if one["kind"] == "person"]
    assert [(one["place"], one["vestiging"], one["number"]) for one in of_people] == [
        ("1A", SOUTH, 10)
    ]
    await desk.choose(planned["id"], filters=[{"where": where, "chosen": True}])
    assert (await desk.brakes(planned))[found["key"]]["holds"] is True

    planned = await desk.plan(school(SMALL, SMALL[:2]))
    (key,) = (one["key"] for one in planned["brakes"] if one["scope"] == "klas")
    assert key == f"many_without_group:{KLAS}:stamgroep"
    assert len(await desk.changes(planned["id"], brake=key)) == 10
    assert (await desk.brakes(planned))[key]["chosen"] == 10

    # An employee is still at it, and a pupil of another vestiging in its klas.
    planned = await desk.plan(school(SMALL[11:], SMALL[11:]))
    (vanished,) = (one for one in planned["brakes"] if one["code"] == BrakeCode.VESTIGING_VANISHED)
    assert (vanished["affected"], vanished["total"], vanished["role"]) == (11, 11, "pupil")
    rows = await desk.changes(planned["id"], brake=vanished["key"])
    assert ({one["role"] for one in rows}, len(rows)) == ({"pupil"}, 11)

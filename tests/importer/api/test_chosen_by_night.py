"""What a night chooses of its plan: not what was taken back, no half move, and then the brakes."""

from uuid import UUID

from sqlalchemy import text

from services.importer.domain.night import UNDONE
from services.importer.store.undone import leave_undone
from shared.roster.document import GroupKind, PersonRecord
from tests.importer.desk import Json
from tests.importer.nights import Nights
from tests.importer.rosters import (
    ANNA,
    BRAM,
    CHRIS,
    CHRIS_RENAMED,
    DAAN,
    EEFJE,
    H3A,
    H3B,
    RosterRecord,
    group,
    member,
    pupil,
)

_LONG_AGO = text("""
    UPDATE import_run SET applied_at = applied_at - interval '400 days' WHERE school_id = :school
""")
H3C, H3D = group("h3c"), group("h3d")
WI_1, WI_2 = group("wi1", GroupKind.LESGROEP), group("wi2", GroupKind.LESGROEP)
EN_1, EN_2 = (
    group(name, GroupKind.LESGROEP).model_copy(update={"fields": {"name": name, "vak": "en"}})
    for name in ("en1", "en2")
)


async def _undone(nights: Nights, run: Json) -> None:
    """Take an import back, long ago."""
    desk = nights.desk
    begun = await desk.client.post(f"/v1/imports/{run['id']}/undo")
    plan = await desk.rested(begun.json()["id"])
    assert (await desk.apply(plan))["state"] == "applied"
    async with nights.owner.transaction() as connection:
        await connection.execute(_LONG_AGO, {"school": desk.school_id})


async def _places(nights: Nights) -> dict[str, set[str]]:
    """Who is in which groups."""
    answer = await nights.desk.client.get("/v1/memberships", params={"limit": "500"})
    names = {one["id"]: name for name, one in (await nights.desk.people()).items()}
    groups = (await nights.desk.client.get("/v1/groups", params={"limit": "500"})).json()["items"]
    called = {one["id"]: one["name"] for one in groups}
    found: dict[str, set[str]] = {}
    for one in answer.json()["items"]:
        if one["state"] == "active":
            found.setdefault(names[one["person_id"]], set()).add(called[one["group_id"]])
    return found


def _with_email(person: PersonRecord, email: str) -> PersonRecord:
    return person.model_copy(update={"fields": {**person.fields, "email": email}})


def _assert_marked(rows: list[Json]) -> None:
    """Whoever looks themselves has all of it chosen, and sees what was taken back."""
    assert all(one["chosen"] for one in rows)
    chris = "Chris Cornelisse-Kok (1003)"
    whole = {one["label"]: one["fields"] for one in rows if one["is_undone"]}
    assert whole.keys() == {"h3b", "Bram Bos (1002) → h3a", chris, "Daan Dijk (1004)"}
    assert [(one["undone"], one["kept"]) for one in whole[chris]] == [(True, False)]


async def test_what_was_taken_back_no_night_does_again_until_somebody_does(nights: Nights) -> None:
    desk = nights.desk
    await nights.pass_by([H3A, BRAM, CHRIS, member(BRAM, H3A)])
    wrong: list[RosterRecord] = [H3A, H3B, BRAM, CHRIS_RENAMED, DAAN]
    wrong += [member(BRAM, H3B), member(DAAN, H3A)]
    _, run = await nights.pass_by(wrong)
    await _undone(nights, run)
    before = await desk.people()
    night, run = await nights.pass_by([*wrong, EEFJE])
    assert (night["outcome"], night["note"]) == ("applied", UNDONE)
    left = await desk.changes(run["id"])
    assert {one["label"] for one in left if one["outcome"] == "applied"} == {"Eefje Berg (vdb)"}
    assert {one["outcome"] for one in left} == {"applied", "not_chosen"}, "nothing was skipped"
    now = await desk.people()
    assert (now.pop("Eefje")["state"], now) == ("active", before)
    for email in ("c@x.nl", "d@x.nl"):
        again = _with_email(CHRIS_RENAMED, email)
        wrong = [again if getattr(one, "key", None) == CHRIS.key else one for one in wrong]
        night, run = await nights.pass_by([*wrong, EEFJE])
        (chris,) = await desk.changes(run["id"], search="Chris")
        said = {one["field"]: (one["undone"], one["kept"]) for one in chris["fields"]}
        assert said == {"family_name": (True, True), "email": (False, False)}
        assert (night["note"], chris["outcome"]) == (UNDONE, "applied")
        person = (await desk.people())["Chris"]
        assert (person["family_name"], person["email"]) == ("Cornelisse", email)
    own = await desk.plan([*wrong, EEFJE])
    _assert_marked(await desk.changes(own["id"]))
    await desk.apply(own)
    assert (await desk.people())["Chris"]["family_name"] == "Cornelisse-Kok"
    night, _ = await nights.pass_by([*wrong, EEFJE])
    assert night["note"] is None


async def test_who_finds_the_plan_of_a_night_held_finds_it_left_out_too(nights: Nights) -> None:
    many = [pupil(str(number), f"P{number}", "Boer") for number in range(1, 21)]
    await nights.pass_by([*many, CHRIS])
    _, run = await nights.pass_by([*many, CHRIS_RENAMED])
    await _undone(nights, run)
    night, run = await nights.pass_by([*many[:8], CHRIS_RENAMED, DAAN])
    assert (night["outcome"], night["note"].startswith(f"{UNDONE} 12 van de 21")) == ("held", True)
    chosen = await nights.desk.changes(run["id"], chosen="true")
    assert [one["label"] for one in chosen] == ["Daan Dijk (1004)"]


async def test_no_night_takes_half_a_move(nights: Nights) -> None:
    there: list[RosterRecord] = [H3A, H3B, WI_1, WI_2, EN_1, EN_2, ANNA, BRAM, CHRIS, DAAN]
    both = [*there, member(ANNA, H3A), member(ANNA, WI_1), member(BRAM, H3A), member(DAAN, H3A)]
    both += [member(DAAN, WI_1)]
    await nights.pass_by([*both, member(CHRIS, H3A), member(CHRIS, H3B), member(DAAN, EN_1)])
    both += [H3C, member(CHRIS, H3A), member(BRAM, H3B), member(DAAN, H3C), member(DAAN, EN_2)]
    _, run = await nights.pass_by(both)
    await _undone(nights, run)
    before = await _places(nights)
    assert (before["Chris"], before["Daan"]) == ({"h3a", "h3b"}, {"h3a", "wi1", "en1"})
    moved = [*there, H3C, H3D, member(ANNA, H3B), member(ANNA, WI_2), member(BRAM, H3B)]
    moved += [member(DAAN, H3C), member(DAAN, EN_2), member(DAAN, WI_2)]
    night, run = await nights.pass_by([*moved, member(CHRIS, H3A), member(CHRIS, H3D)])
    assert (night["outcome"], night["note"]) == ("applied", UNDONE)
    went_on = {"Anna": {"h3b", "wi2"}, "Daan": {"h3a", "wi2", "en1"}}
    assert await _places(nights) == {**before, **went_on}, "another vak waits for nothing"
    left = await nights.desk.changes(run["id"], kind="membership")
    assert {one["outcome"] for one in left} == {"applied", "not_chosen"}, "nothing was skipped"


async def test_who_finds_such_a_plan_has_each_field_to_choose(nights: Nights) -> None:
    desk = nights.desk
    await desk.bring([CHRIS])
    await _undone(nights, await desk.bring([CHRIS_RENAMED]))
    plan = await desk.plan([_with_email(CHRIS_RENAMED, "c@x.nl")])
    (own,) = await desk.changes(plan["id"])
    marks = {one["field"]: one["undone"] for one in own["fields"]}
    assert (marks, own["is_undone"]) == ({"family_name": True, "email": False}, False)
    async with nights.database.transaction(desk.school_id) as connection:
        assert await leave_undone(connection, desk.school_id, UUID(plan["id"])) == 1

    async def family_name(import_id: str) -> tuple[str, Json, bool]:
        (row,) = await desk.changes(import_id)
        name = next(one for one in row["fields"] if one["field"] == "family_name")
        return row["id"], {key: name[key] for key in ("held", "undone", "kept")}, row["chosen"]

    waits = {"held": False, "undone": True, "kept": True}
    _, said, chosen = await family_name(plan["id"])
    assert (said, chosen) == (waits, True)
    for email in ("c@x.nl", "d@x.nl"):
        desk.says([_with_email(CHRIS_RENAMED, email)])
        await desk.client.post(f"/v1/imports/{plan['id']}/replan")
        plan = await desk.rested(plan["id"])
        row, said, chosen = await family_name(plan["id"])
        assert (said, chosen) == (waits, True), "also where the rest of it changed"
    for fields, kept in ((["family_name"], False), ([], True), (["family_name"], False)):
        answer = await desk.choose(plan["id"], overwrite={row: fields})
        assert answer.status_code == 200, answer.text
        assert (await family_name(plan["id"]))[1] == {**waits, "kept": kept}
    assert (await desk.apply(plan))["state"] == "applied"
    person = (await desk.people())["Chris"]
    assert (person["family_name"], person["email"]) == ("Cornelisse-Kok", "d@x.nl")


NORTH, SOUTH = "99ZY01", "99ZY02"


def at_site(number: int, site: str) -> RosterRecord:
    found = pupil(str(number), f"P{number}", "Boer")
    return found.model_copy(update={"fields": {**found.fields, "vestiging_code": site}})


async def test_a_night_whose_choice_empties_a_vestiging_is_held_and_told(nights: Nights) -> None:
    """Four were absent twice, and who is left there the source has at another vestiging."""
    stay = [at_site(number, NORTH) for number in range(1, 15)]
    small, kept = [at_site(number, SOUTH) for number in range(20, 24)], at_site(30, NORTH)
    await nights.pass_by([*stay, *small, kept], archives=True)
    person = (await nights.desk.people())["P30"]["id"]
    moved = await nights.desk.client.patch(f"/v1/people/{person}", json={"vestiging_code": SOUTH})
    assert moved.is_success, moved.text
    night, _ = await nights.pass_by([*stay, kept])
    assert night["outcome"] == "applied", "who was absent once is archived by nobody"
    night, run = await nights.pass_by([*stay, kept])
    told = "Vestiging 99ZY02 heeft in de bron geen leerlingen meer"
    assert (night["outcome"], run["state"], told in night["note"]) == ("held", "planned", True)
    assert [told in mail["why"][0] for mail in await nights.mails()] == [True]
    assert {one["state"] for one in (await nights.desk.people()).values()} == {"active"}


async def test_a_night_leaves_more_of_a_row_of_which_a_night_left_some_before(
    nights: Nights,
) -> None:
    """Of a plan that somebody was at meanwhile, and that is held."""
    desk = nights.desk
    await desk.bring([CHRIS])
    await _undone(nights, await desk.bring([_with_email(CHRIS_RENAMED, "w@x.nl")]))
    plan = await desk.plan([_with_email(CHRIS_RENAMED, "c@x.nl")])
    both = _with_email(CHRIS_RENAMED, "w@x.nl")
    for said in (None, both.model_copy(update={"fields": {**both.fields, "username": "c"}}), both):
        if said is not None:
            desk.says([said])
            await desk.client.post(f"/v1/imports/{plan['id']}/replan")
            plan = await desk.rested(plan["id"])
        async with nights.database.transaction(desk.school_id) as connection:
            await leave_undone(connection, desk.school_id, UUID(plan["id"]))
        (row,) = await desk.changes(plan["id"])
        left = {
            key: {one["field"] for one in row["fields"] if one[key]} for key in ("undone", "kept")
        }
        names = {"family_name"} if said is None else {"family_name", "email"}
        assert left == {"undone": names, "kept": names}
    assert row["chosen"] is False, "nothing else is left of it"

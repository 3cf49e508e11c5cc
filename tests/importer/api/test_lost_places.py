"""A source that lost who is in which group empties no class without a word."""

from shared.errors.codes import ErrorCode
from shared.roster.document import GroupKind
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import RosterRecord, group, member, pupil

PUPILS = [pupil(str(at), f"P{at}", "Boer") for at in range(1, 13)]
H3A = group("h3a")
LESSONS = [group(name, GroupKind.LESGROEP) for name in ("h3wi1", "h3ne1")]
BARE: list[RosterRecord] = [H3A, *LESSONS, *PUPILS]
PLACES = [member(one, of) for one in PUPILS for of in (H3A, *LESSONS)]
KINDS = ("lesgroep", "stamgroep")


async def test_a_plan_that_leaves_many_without_a_group_is_held_until_it_is_confirmed(
    desk: Desk,
) -> None:
    await desk.bring([*BARE, *PLACES])
    planned = await desk.plan(BARE)
    scopes = ("klas:h3a", "role:pupil", "school")
    keys = {f"many_without_group:{scope}:{kind}" for scope in scopes for kind in KINDS}
    assert {one["key"] for one in planned["brakes"]} >= keys
    told = assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
    assert "12 van de 12 leerlingen van klas h3a zouden in geen enkele lesgroep meer zitten." in {
        one["detail"] for one in told["brakes"]
    }
    rows = await desk.changes(planned["id"], brake="many_without_group:klas:h3a:lesgroep")
    assert {(one["kind"], one["action"]) for one in rows} == {("membership", "archive")}
    assert len(rows) == 24

    # Three of them keep one lesgroep of two: nine are too few to hold it.
    kept = [one["id"] for one in rows if one["label"].endswith("h3wi1")][:3]
    assert (await desk.choose(planned["id"], rows=dict.fromkeys(kept, False))).is_success
    found = await desk.brakes(planned)
    assert {(key.split(":")[-1], found[key]["chosen"], found[key]["holds"]) for key in keys} == {
        ("lesgroep", 9, False),
        ("stamgroep", 12, True),
    }
    await desk.confirm(planned, *(key for key, one in found.items() if one["holds"]))
    assert (await desk.apply(planned))["state"] == "applied"
    left = await desk.client.get("/v1/memberships", params={"state": "active"})
    assert len(left.json()["items"]) == 3


async def test_half_a_move_that_is_chosen_is_held(desk: Desk) -> None:
    """A class goes to a new one: without its new place, or the new class, it would have none."""
    await desk.bring([*PUPILS, H3A, *(member(one, H3A) for one in PUPILS)])
    h3b = group("h3b")
    planned = await desk.plan([*PUPILS, H3A, h3b, *(member(one, h3b) for one in PUPILS)])
    assert (planned["brakes"], await desk.brakes(planned)) == ([], {})
    for kind in ("membership", "group"):
        where = {"kind": kind, "action": "add"}
        await desk.choose(planned["id"], filters=[{"where": where, "chosen": False}])
        held = await desk.brakes(planned)
        assert {one["code"] for one in held.values()} == {
            *("many_without_group", "many_memberships_ended"),
        }
        assert {(one["chosen"], one["holds"]) for one in held.values()} == {(12, True)}
        assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
        for key in held:
            rows = await desk.changes(planned["id"], brake=key)
            assert [one["action"] for one in rows] == ["archive"] * 12
        await desk.choose(planned["id"], filters=[{"where": where, "chosen": True}])
        assert await desk.brakes(planned) == {}
    assert (await desk.apply(planned))["state"] == "applied"


async def test_classes_that_are_archived_while_their_pupils_stay_are_held(desk: Desk) -> None:
    await desk.bring([*PUPILS, H3A, *(member(one, H3A) for one in PUPILS)])
    planned = await desk.plan(PUPILS)
    keys = {one["key"] for one in planned["brakes"]}
    assert keys == {
        f"many_without_group:{scope}:stamgroep" for scope in ("klas:h3a", "role:pupil", "school")
    }
    assert not any(one["holds"] for one in (await desk.brakes(planned)).values()), "not chosen"
    (row,) = await desk.changes(planned["id"], brake=keys.pop())
    assert (row["kind"], row["action"]) == ("group", "archive")
    await desk.choose(planned["id"], archive=True)
    assert all(one["holds"] for one in (await desk.brakes(planned)).values())
    assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)

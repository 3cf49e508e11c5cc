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

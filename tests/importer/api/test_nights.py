"""A night: an import that begins by itself, does what it may, and stops where it may not."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from services.importer.application.hear_koppeling import hear_koppeling
from shared.clock import now, today
from shared.ids import new_id
from shared.outbox.drain import OutboxEntry
from shared.outbox.publish import KOPPELING_MOVED
from tests.importer.nights import Nights
from tests.importer.rosters import (
    BRAM,
    CHRIS,
    CHRIS_RENAMED,
    DAAN,
    EEFJE,
    group,
    pupil,
)
from tests.importer.source import Answer

H3A = group("h3a")
MANY = [pupil(str(at), f"P{at}", "Boer") for at in range(1, 21)]
_READ_YESTERDAY = text("""
    UPDATE import_run SET source_at = source_at - interval '25 hours' WHERE id = CAST(:id AS uuid)
""")
_MOVE = text("UPDATE roster_version SET version = version + 1 WHERE school_id = :school")


async def test_a_night_adds_and_updates_and_archives_only_who_was_absent_twice(
    nights: Nights,
) -> None:
    night, run = await nights.pass_by([H3A, BRAM, CHRIS, DAAN], archives=True)
    assert (night["outcome"], night["note"], run["state"]) == ("applied", None, "applied")
    assert (run["requested_by"], run["approved_by"]) == ("automatic", "automatic")
    assert night["started_by"] == "automatic"
    await nights.look()
    assert len(await nights.seen()) == 1, "one a night"
    night, run = await nights.pass_by([H3A, BRAM, CHRIS_RENAMED])
    kept = "Eén persoon ontbreekt pas kort in de bron en is daarom niet gearchiveerd."
    assert night["note"] == kept
    (gone,) = await nights.desk.changes(run["id"], action="archive")
    assert (gone["outcome"], gone["absent_since"] is None) == ("not_chosen", False)
    assert gone["absent_once"]
    report = await nights.desk.client.get(f"/v1/imports/{run['id']}/report")
    assert report.text.count("archiveert niemand die één keer ontbrak") == 1
    assert gone["reason_detail"] in report.text
    people = await nights.desk.people()
    assert (people["Chris"]["family_name"], "Daan" in people) == ("Cornelisse-Kok", True)
    # Seen again: what was counted is counted anew.
    planned = await nights.desk.plan([H3A, BRAM, CHRIS_RENAMED, DAAN])
    assert planned["summary"]["people"]["archive"] == 0
    await nights.waited(planned["id"])
    for expected in ("not_chosen", "applied"):
        night, run = await nights.pass_by([BRAM, CHRIS_RENAMED])
        assert night["note"] == (kept if expected == "not_chosen" else None)
        found = await nights.desk.changes(run["id"], action="archive")
        assert {one["kind"]: (one["outcome"], one["absent_once"]) for one in found} == {
            "person": (expected, expected == "not_chosen"),
            "group": ("not_chosen", False),
        }
    assert (await nights.desk.people())["Daan"]["state"] == "archived"
    told = (await nights.seen())[0]
    assert [told[name]["people"]["archive"] for name in ("summary", "result")] == [1, 1]
    assert [told[name]["groups"]["archive"] for name in ("summary", "result")] == [1, 0]
    assert not await nights.mails()


async def test_a_night_tells_of_what_it_could_not_decide(nights: Nights) -> None:
    await nights.pass_by([BRAM])
    heir = pupil("1002", "Zoë", "Zee").model_copy(update={"key": "l-heir", "ref": "l-heir"})
    night, run = await nights.pass_by([heir])
    assert (night["outcome"], run["summary"]["people"]["conflict"]) == ("applied", 1)
    asked = "Eén vraag wacht op een antwoord: begin zelf een import om te beslissen."
    assert night["note"] == asked


async def test_a_brake_stops_a_night_and_the_plan_waits_for_somebody(nights: Nights) -> None:
    await nights.pass_by([*MANY])
    night, run = await nights.pass_by(MANY[:10])
    assert (night["outcome"], run["state"]) == ("held", "planned")
    assert (night["summary"]["pupils"]["archive"], night["result"]) == (10, None)
    assert "10 van de 20 leerlingen zouden worden gearchiveerd." in night["note"]
    (told,) = await nights.mails()
    assert told["why"] == [brake["detail"] for brake in run["brakes"]]
    assert (told["outcome"], told["night"]) == ("held", night["night"])
    await nights.look()
    assert len(await nights.mails()) == 1, "one mail a night"
    await nights.desk.confirm(run)
    assert (await nights.desk.apply(run, archive=True))["state"] == "applied"
    assert len(await nights.desk.people(state="active")) == 10


async def test_a_source_that_fails_ends_the_night_and_the_next_tries_again(
    nights: Nights,
) -> None:
    nights.desk.source.say(nights.desk.school_id, Answer(status=409, code="koppeling_not_active"))
    night, run = await nights.pass_by()
    assert (night["outcome"], run["state"]) == ("failed", "failed")
    assert night["note"] == run["problem_detail"]
    assert not await nights.mails(), "one night mends itself"
    await nights.pass_by()
    assert [told["outcome"] for told in await nights.mails()] == ["failed"]
    assert (await nights.pass_by([BRAM]))[0]["outcome"] == "applied"
    assert [one["outcome"] for one in await nights.seen()] == ["applied", "failed", "failed"]


async def test_a_nights_own_old_plan_fails_with_its_source(nights: Nights) -> None:
    """Nobody is at it, so it is given back to nobody, and is not read again every minute."""
    desk = nights.desk
    async with nights.held_up(desk.says([BRAM])) as (import_id, connection):
        await connection.execute(_READ_YESTERDAY, {"id": import_id})
        desk.source.say(desk.school_id, Answer(status=502, code="source_unavailable"))
    night, run = await nights.over(nights.look)
    assert (night["outcome"], run["state"]) == ("failed", "failed")


async def test_on_days_of_additions_only_nothing_else_happens(nights: Nights) -> None:
    await nights.desk.bring([CHRIS, DAAN])
    day = today()
    days = {"first": str(day - timedelta(days=1)), "last": str(day), "label": "begin"}
    _, run = await nights.pass_by([BRAM, CHRIS_RENAMED], archives=True, additions_only=[days])
    done = {one["action"]: one["outcome"] for one in await nights.desk.changes(run["id"])}
    assert done == {"add": "applied", "update": "not_chosen", "archive": "not_chosen"}


async def test_a_night_goes_on_when_the_roster_moved_under_its_plan(nights: Nights) -> None:
    """Chosen but not applied: where a worker that dies between the two leaves it as well."""
    async with nights.held_up(nights.desk.says([BRAM, CHRIS])) as (_, connection):
        await connection.execute(_MOVE, {"school": nights.desk.school_id})
    night, run = await nights.over(nights.look)
    assert (night["outcome"], run["state"]) == ("applied", "applied")
    assert run["replanned"]["because"] == "roster_changed"
    assert set(await nights.desk.people()) == {"Bram", "Chris"}


async def test_who_is_erased_was_never_absent(nights: Nights) -> None:
    await nights.desk.bring([BRAM, CHRIS])
    await nights.desk.plan([BRAM])
    left = text("SELECT count(*) FROM absence WHERE school_id = :school")
    school = {"school": nights.desk.school_id}
    chris = (await nights.desk.people())["Chris"]["id"]
    async with nights.owner.transaction() as connection:
        assert (await connection.execute(left, school)).scalar() == 1
    answer = await nights.desk.client.post(
        f"/v1/people/{chris}/erase",
        json={"ground": "request"},
        headers={"Idempotency-Key": "erase-chris"},
    )
    assert answer.status_code == 200, answer.text
    async with nights.owner.transaction() as connection:
        assert (await connection.execute(left, school)).scalar() == 0


async def test_several_workers_begin_one_import_and_a_busy_school_is_tried_again(
    nights: Nights,
) -> None:
    stalled = nights.desk.says([BRAM])
    stalled.stalls_after = 1
    busy = await nights.desk.begin()
    await nights.set()
    await nights.look()
    assert await nights.seen() == []
    stalled.goes_on.set()
    await nights.desk.rested(busy)
    await nights.look()
    assert await nights.seen() == [], "somebody may be reading its plan"
    await nights.waited(busy)
    await asyncio.gather(*(nights.look() for _ in range(4)))
    night, run = await nights.over()
    assert (night["outcome"], run["state"]) == ("applied", "applied")
    assert [one["id"] for one in await nights.seen()] == [night["id"]]
    assert (await nights.desk.look(busy))["state"] == "cancelled", "nobody looked after it"


async def test_a_plan_in_which_somebody_chose_is_theirs_until_they_left_it(
    nights: Nights,
) -> None:
    await nights.desk.bring([CHRIS, EEFJE])
    chris = (await nights.desk.people())["Chris"]["id"]
    await nights.desk.client.patch(f"/v1/people/{chris}", json={"family_name": "Met de Hand"})
    planned = await nights.desk.plan([BRAM, CHRIS_RENAMED])
    (bram,) = await nights.desk.changes(planned["id"], search="Bram")
    (eefje,) = await nights.desk.changes(planned["id"], search="Eefje")
    (held,) = await nights.desk.changes(planned["id"], held="true")
    chosen = await nights.desk.choose(
        planned["id"],
        archive=True,
        rows={bram["id"]: False, eefje["id"]: False},
        overwrite={held["id"]: ["family_name"]},
    )
    assert chosen.json()["chosen"]["pupils"]["update"] == 1
    await nights.waited(planned["id"])
    await nights.set(archives=True)
    await nights.look()
    assert await nights.seen() == []
    await nights.look(timedelta(hours=3))
    (missed,) = await nights.seen()
    assert (missed["outcome"], missed["import_id"]) == ("missed", None)
    assert "waarin iemand koos" in missed["note"]
    await nights.waited(planned["id"], 23)
    nights.desk.source.say(nights.desk.school_id, Answer(status=502, code="source_unavailable"))
    night, run = await nights.pass_by()
    assert (night["outcome"], run["id"], run["state"]) == ("failed", planned["id"], "planned")
    assert "opnieuw gemaakt" not in night["note"]
    night, run = await nights.pass_by([BRAM, CHRIS_RENAMED, DAAN])
    assert (night["outcome"], run["id"], run["state"]) == ("applied", planned["id"], "applied")
    assert "bleef uit" in night["note"]
    assert (run["replanned"]["because"], run["approved_by"]) == ("left", "automatic")
    people = await nights.desk.people()
    stay = {name: one["state"] for name, one in people.items()}
    assert stay == dict.fromkeys(("Chris", "Daan", "Eefje"), "active"), "who was left out stays so"
    assert people["Chris"]["family_name"] == "Met de Hand", "nobody pressed VERDER"


async def test_a_plan_of_another_source_that_was_left_makes_way_for_a_night(
    nights: Nights,
) -> None:
    brought = await nights.desk.bring([BRAM])
    undone = await nights.desk.client.post(f"/v1/imports/{brought['id']}/undo")
    plan = await nights.desk.rested(undone.json()["id"])
    await nights.desk.confirm(plan, *(brake["key"] for brake in plan["brakes"]))
    assert (await nights.desk.choose(plan["id"], update=False)).status_code == 200
    await nights.waited(plan["id"], 25)
    night, run = await nights.pass_by([BRAM, CHRIS])
    assert (night["outcome"], run["requested_by"]) == ("applied", "automatic")
    assert "vervallen" in night["note"]
    assert (await nights.desk.look(plan["id"]))["state"] == "cancelled"


async def test_when_the_koppeling_is_over_a_night_leaves_the_plan_of_archiving(
    nights: Nights,
) -> None:
    desk = nights.desk
    await desk.bring([BRAM])
    facts = {"product": "numo", "to": "ended", "at": now().isoformat(), "position": 1}
    told = {**facts, "school_id": str(desk.school_id)}
    over = OutboxEntry(new_id(), KOPPELING_MOVED, new_id(), told, 1)
    await hear_koppeling(nights.database, "numo", 30, over)
    given = {"answer": "archive", "roles": ["pupil"], "reason": "De school stopt."}
    answered = await desk.client.post(
        "/v1/koppeling-end/answers", json=given, headers={"If-Match": "*"}
    )
    plan = await desk.rested(answered.json()["given"]["import_id"])
    await nights.waited(plan["id"])
    await nights.set()
    await nights.look()
    assert (await desk.look(plan["id"]))["state"] == "planned"
    await nights.look(timedelta(hours=3))
    (missed,) = await nights.seen()
    assert (missed["outcome"], missed["import_id"]) == ("missed", None)
    assert "de koppeling met Somtoday is voorbij" in missed["note"]


async def test_who_is_at_a_nights_plan_before_it_is_applied_has_it(nights: Nights) -> None:
    async with nights.held_up(nights.desk.says([BRAM, CHRIS])) as (import_id, _):
        assert (await nights.desk.choose(import_id, add=False)).status_code == 200
    night, run = await nights.over(nights.look)
    assert (night["outcome"], run["state"]) == ("taken_over", "planned")
    assert "VERDER" in night["note"]
    await nights.a_day_goes_by()
    await nights.look()
    assert len(await nights.seen()) == 1, "it is theirs for a day"
    assert (await nights.desk.apply(run))["state"] == "applied"
    assert not await nights.desk.people()


async def test_who_switches_nights_off_in_time_finds_the_plan_waiting(nights: Nights) -> None:
    async with nights.held_up(nights.desk.says([BRAM])):
        await nights.set(is_on=False)
    night, run = await nights.over(nights.look)
    assert (night["outcome"], run["state"]) == ("taken_over", "planned")
    assert "uitgezet" in night["note"]

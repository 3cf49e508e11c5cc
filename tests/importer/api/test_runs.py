"""One import at a time, begun once and applied once."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from tests.fixtures.callers import settle
from tests.importer.conftest import Served
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import ANNA, BRAM, document, first_week
from tests.importer.source import Answer


async def test_a_second_import_while_one_runs_is_refused(
    desk: Desk, importer: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    stalled = desk.says(first_week())
    stalled.stalls_after = 3
    first = await desk.begin()
    other = await (await desk_at(importer)).bring(first_week())
    assert other["state"] == "applied", "another school waits for nobody"
    assert_refused(await desk.start(), ErrorCode.IMPORT_RUNNING)
    stalled.goes_on.set()
    assert (await desk.rested(first))["state"] == "planned"


async def test_of_many_at_once_one_begins(desk: Desk) -> None:
    stalled = desk.says(first_week())
    stalled.stalls_after = 1
    answers = await asyncio.gather(*(desk.start() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    stalled.goes_on.set()


async def test_a_new_import_takes_the_place_of_a_plan(desk: Desk) -> None:
    old = await desk.plan([ANNA])
    new = await desk.plan([ANNA, BRAM])
    replaced = await desk.look(old["id"])
    assert (replaced["state"], replaced["cancelled_by"]) == ("cancelled", new["requested_by"])
    assert new["cancelled_by"] is None
    assert await desk.changes(old["id"]) == []
    assert_refused(await desk.verder(old), ErrorCode.IMPORT_NOT_READY)
    assert_refused(await desk.choose(old["id"], add=False), ErrorCode.IMPORT_NOT_READY)
    assert (await desk.apply(new))["state"] == "applied"


async def test_who_cancels_ends_a_plan_and_makes_room(desk: Desk, owner: Database) -> None:
    planned = await desk.plan([ANNA])
    for _ in range(2):
        answer = await desk.client.post(f"/v1/imports/{planned['id']}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled"), answer.text
        assert answer.json()["cancelled_by"] == planned["requested_by"]
    told = assert_refused(await desk.verder(planned), ErrorCode.IMPORT_NOT_READY)
    why = "Deze import is geannuleerd; er is niets gewijzigd."
    assert told["detail"] == answer.json()["problem_detail"] == why
    assert await desk.changes(planned["id"]) == []
    assert await desk.people() == {}
    who = text("SELECT actor FROM audit_entry WHERE run_id = :run AND what = 'import_cancelled'")
    async with owner.transaction() as connection:
        noted = (await connection.execute(who, {"run": UUID(planned["id"])})).scalars().all()
    assert noted == [planned["requested_by"]]
    applied = await desk.bring([ANNA])
    late = await desk.client.post(f"/v1/imports/{applied['id']}/cancel")
    assert assert_refused(late, ErrorCode.IMPORT_NOT_READY)["state"] == "applied"


async def test_an_import_that_is_being_read_is_cancelled_and_reads_no_further(desk: Desk) -> None:
    stalled = desk.says(first_week())
    stalled.stalls_after = 3
    first = await desk.begin()

    async def is_read() -> bool:
        return (await desk.look(first))["progress"]["phase"] == "fetch"

    await settle(is_read)
    cancelled = await desk.client.post(f"/v1/imports/{first}/cancel")
    assert cancelled.json()["state"] == "cancelled", cancelled.text
    new = await desk.plan([ANNA])
    stalled.goes_on.set()
    assert (await desk.apply(new))["state"] == "applied"
    assert (await desk.look(first))["state"] == "cancelled"
    assert list(await desk.people()) == ["Anna"]


async def test_a_digest_of_another_plan_is_refused(desk: Desk) -> None:
    old = await desk.plan([ANNA])
    new = await desk.plan([ANNA, BRAM])
    assert old["digest"] != new["digest"]
    refused = await desk.verder({**new, "digest": old["digest"]})
    assert_refused(refused, ErrorCode.PLAN_DIFFERS)
    assert_refused(await desk.verder({**new, "digest": "none"}), ErrorCode.INVALID_REQUEST)
    assert (await desk.look(new["id"]))["state"] == "planned"


async def test_of_two_who_press_verder_one_is_told_that_it_happened(desk: Desk) -> None:
    planned = await desk.plan(first_week())
    answers = await asyncio.gather(desk.verder(planned), desk.verder(planned))
    accepted, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert accepted.status_code == 202
    assert accepted.headers["Location"] == f"/v1/imports/{planned['id']}"
    told = assert_refused(refused, ErrorCode.IMPORT_NOT_READY)
    assert told["detail"].startswith("Iemand heeft deze import al bevestigd"), told
    assert told["state"] in {"applying", "applied"}
    assert (await desk.rested(planned["id"]))["state"] == "applied"
    assert len(await desk.people()) == 4


CSV = b"leerlingnummer;roepnaam;achternaam\n1001;Anna;Aalbers\n"


async def test_a_repeated_start_gets_the_first_answer(desk: Desk) -> None:
    desk.says([ANNA])
    key = {"Idempotency-Key": "start-1"}
    first = await desk.start(**key)
    await desk.rested(first.json()["id"])
    again = await desk.start(**key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert desk.source.times_asked(desk.school_id) == 1
    assert (await desk.look(first.json()["id"]))["state"] == "planned", "the plan still stands"
    other = await desk.client.post("/v1/imports/csv", files={"file": CSV}, headers=key)
    assert_refused(other, ErrorCode.IDEMPOTENCY_KEY_REUSED)


async def test_a_key_of_one_school_means_nothing_to_another(desk: Desk) -> None:
    desk.says([ANNA])
    await desk.start(**{"Idempotency-Key": "shared-by-chance"})
    answer = await desk.verder({"id": str(desk.school_id), "digest": "0" * 64})
    assert_refused(answer, ErrorCode.NOT_FOUND)


async def test_a_repeated_verder_gets_the_first_answer_even_when_done(desk: Desk) -> None:
    planned = await desk.plan(first_week())
    key = {"Idempotency-Key": "verder-1"}
    first = await desk.verder(planned, **key)
    assert first.json()["state"] == "applying"
    await desk.rested(planned["id"])
    again = await desk.verder(planned, **key)
    assert (again.status_code, again.json()) == (202, first.json())
    reused = await desk.verder({**planned, "digest": "0" * 64}, **key)
    assert_refused(reused, ErrorCode.IDEMPOTENCY_KEY_REUSED)


async def test_a_refused_request_uses_no_key_up(desk: Desk) -> None:
    planned = await desk.plan([ANNA])
    key = {"Idempotency-Key": "verder-2"}
    wrong = await desk.verder({**planned, "digest": "0" * 64}, **key)
    assert_refused(wrong, ErrorCode.PLAN_DIFFERS)
    assert (await desk.verder(planned, **key)).status_code == 202


async def test_imports_are_listed_newest_first_by_page(desk: Desk) -> None:
    runs = [(await desk.plan([ANNA]))["id"] for _ in range(3)]
    first = (await desk.client.get("/v1/imports", params={"limit": 2})).json()
    rest = (await desk.client.get("/v1/imports", params={"cursor": first["next"]})).json()
    assert [found["id"] for found in first["items"] + rest["items"]] == runs[::-1]
    assert rest["next"] is None
    wrong = await desk.client.get("/v1/imports", params={"cursor": "bm8"})
    assert_refused(wrong, ErrorCode.INVALID_REQUEST)


async def test_nothing_staged_is_left_behind(desk: Desk, owner: Database) -> None:
    planned = await desk.plan(first_week())
    desk.source.say(desk.school_id, Answer(document(first_week(), ended=False)))
    failed = await desk.rested(await desk.begin())
    left = text("SELECT count(*) FROM import_line WHERE run_id = ANY(:runs)")
    async with owner.transaction(desk.school_id) as connection:
        runs = [UUID(planned["id"]), UUID(failed["id"])]
        assert (await connection.execute(left, {"runs": runs})).scalar() == 0

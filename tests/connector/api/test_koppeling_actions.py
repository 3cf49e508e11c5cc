from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from services.connector.settings import ConnectorSettings
from shared.database import Database
from shared.ids import new_id
from tests.connector.api.conftest import Activated
from tests.connector.conftest import Somtoday
from tests.connector.kurve import Kurve, School, run_worker


async def test_a_koppeling_is_paused_resumed_and_ended(kurve: Kurve, activated: Activated) -> None:
    school, koppeling = await activated()
    assert (await kurve.post(koppeling, "pause")).json()["state"] == "paused"
    assert (await kurve.roster(school)).json()["code"] == "koppeling_not_active"
    assert (await kurve.post(koppeling, "resume")).json()["state"] == "requested"
    await run_worker(kurve.settings)
    assert (await kurve.show(koppeling))["state"] == "active"
    ended = await kurve.post(koppeling, "end", reason="Contract opgezegd")
    assert ended.json()["state"] == "ended"
    assert (await kurve.roster(school)).json()["code"] == "koppeling_not_active"
    assert await kurve.history(koppeling) == [
        (None, "requested", "request"),
        ("requested", "active", "confirmed"),
        ("active", "paused", "pause"),
        ("paused", "requested", "resume"),
        ("requested", "active", "confirmed"),
        ("active", "ended", "end"),
    ]


async def test_history_says_who_and_why_page_by_page(kurve: Kurve, activated: Activated) -> None:
    _, koppeling = await activated()
    await kurve.post(koppeling, "end", reason="Contract opgezegd")
    path = f"/v1/koppelingen/{koppeling}/history"
    first = (await kurve.client.get(path, params={"limit": 2})).json()
    rest = (await kurve.client.get(path, params={"limit": 2, "cursor": first["next"]})).json()
    events = first["items"] + rest["items"]
    assert len(first["items"]) == 2
    assert rest["next"] is None
    by_ops, by_us, last = events
    assert by_ops["actor"] == last["actor"]
    assert by_ops["actor"].startswith("key:")
    assert by_us["actor"] == "connector"
    assert [event["reason"] for event in events] == [None, None, "Contract opgezegd"]
    assert events == sorted(events, key=lambda event: event["at"])


@pytest.mark.parametrize(
    "change", ["UPDATE koppeling_event SET actor = 'x'", "DELETE FROM koppeling_event"]
)
async def test_history_cannot_be_changed_by_the_connector_itself(kurve: Kurve, change: str) -> None:
    settings: ConnectorSettings = kurve.settings
    database = Database(settings.database_url)
    try:
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with database.transaction() as connection:
                await connection.execute(text(change))
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("action", "body", "possible"),
    [
        ("resume", {}, ["pause", "end"]),
        ("pause", {}, ["resume", "end"]),
        ("verify", {}, ["request"]),
        ("end", {"reason": "nogmaals"}, ["request"]),
    ],
    ids=["resume unpaused", "pause paused", "verify ended", "end ended"],
)
async def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(
    kurve: Kurve, school: School, action: str, body: dict[str, str], possible: list[str]
) -> None:
    koppeling = await kurve.requested(school)
    if action == "pause":
        await kurve.post(koppeling, "pause")
    if possible == ["request"]:
        await kurve.post(koppeling, "end", reason="klaar")
    before = await kurve.show(koppeling)
    answer = await kurve.post(koppeling, action, **body)
    assert answer.status_code == 409
    refused = answer.json()
    assert refused["code"] == "transition_not_possible"
    assert refused["possible"] == possible
    assert refused["state"] == before["state"]
    assert await kurve.show(koppeling) == before


async def test_an_ended_koppeling_can_be_asked_for_anew(kurve: Kurve, activated: Activated) -> None:
    school, koppeling = await activated()
    await kurve.post(koppeling, "end", reason="klaar")
    answer = await kurve.request(school)
    assert (answer.status_code, answer.json()["id"]) == (202, koppeling)
    assert answer.json()["state"] == "requested"
    assert answer.json()["organisation_id"] is None
    await run_worker(kurve.settings)
    assert (await kurve.show(koppeling))["state"] == "active"


async def test_a_verification_can_be_asked_for_out_of_turn(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, koppeling = await activated()
    await somtoday.close(school)
    await run_worker(kurve.settings)
    assert (await kurve.show(koppeling))["state"] == "active"
    answer = await kurve.post(koppeling, "verify")
    assert answer.status_code == 202
    await run_worker(kurve.settings)
    found = await kurve.show(koppeling)
    assert (found["state"], found["problem"], found["vestigingen"]) == ("revoked", "not_opened", [])


async def test_a_reason_is_needed_to_end_and_a_koppeling_must_exist(
    kurve: Kurve, school: School
) -> None:
    koppeling = await kurve.requested(school)
    answer = await kurve.post(koppeling, "end", reason="  ")
    assert answer.json()["errors"][0]["field"] == "reason"
    unknown: Any = str(new_id())
    for action, body in (("pause", {}), ("resume", {}), ("verify", {}), ("end", {"reason": "x"})):
        assert (await kurve.post(unknown, action, **body)).status_code == 404
    assert (await kurve.show(koppeling))["state"] == "requested"

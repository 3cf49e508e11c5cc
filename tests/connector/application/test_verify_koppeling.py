import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from shared.clock import today
from tests.connector.conftest import NewKurve, Somtoday, new_product
from tests.connector.kurve import Kurve, School, run_worker
from tests.fixtures.callers import settle

VESTIGING = "connect/vestiging$"
PassTime = Callable[[str], Awaitable[None]]


async def look(kurve: Kurve, koppeling: str) -> dict[str, Any]:
    assert (await kurve.post(koppeling, "verify")).status_code == 202
    await run_worker(kurve.settings)
    return await kurve.show(koppeling)


async def test_a_school_that_opened_its_koppeling_becomes_active(
    alone: Kurve, add_school: Any, somtoday: Somtoday
) -> None:
    school = await add_school(pupils=100)
    await somtoday.open(school)
    koppeling = await alone.active(school)
    found = await alone.show(koppeling)
    assert found["organisation_id"] == school.organisation
    assert found["problem"] is None
    assert found["last_verified_at"] is not None
    sites = [{"codes": [site["brin6"]], "name": site["naam"]} for site in school.sites]
    assert found["vestigingen"] == sorted(sites, key=lambda site: site["name"])


async def test_a_school_that_has_yet_to_click_waits_and_then_becomes_active(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    koppeling = await alone.requested(school)
    await run_worker(alone.settings)
    found = await alone.show(koppeling)
    assert (found["state"], found["problem"], found["vestigingen"]) == ("waiting", "not_opened", [])
    await somtoday.open(school)
    found = await look(alone, koppeling)
    assert (found["state"], found["problem"]) == ("active", None)
    assert await alone.history(koppeling) == [
        (None, "requested", "request"),
        ("requested", "waiting", "not_opened"),
        ("waiting", "active", "confirmed"),
    ]


async def test_a_withheld_dataveld_is_named_to_ops(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    product = await new_product(
        alone.client, required_datavelden=["roepnaam", "eckid"], optional_datavelden=[]
    )
    await somtoday.open(school, optionele_datavelden=[])
    koppeling = await alone.requested(school, product=product)
    await run_worker(alone.settings)
    found = await alone.show(koppeling)
    assert (found["state"], found["problem"]) == ("waiting", "dataveld_not_permitted")
    events = (await alone.client.get(f"/v1/koppelingen/{koppeling}/history")).json()["items"]
    assert events[-1]["reason"] == "leerling.eckid, medewerker.eckid"
    await somtoday.open(school, optionele_datavelden=["eckid"])
    assert (await look(alone, koppeling))["state"] == "active"


async def test_a_school_that_somtoday_knows_by_another_name_waits_for_ops(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    koppeling = await alone.requested(school, school_name="Een heel andere school")
    await run_worker(alone.settings)
    found = await alone.show(koppeling)
    assert (found["state"], found["problem"]) == ("waiting", "organisation_name_differs")
    assert await alone.requested(school) == koppeling
    assert (await look(alone, koppeling))["state"] == "active"


async def test_a_wrong_client_secret_is_kurves_problem_not_the_schools(
    alone: Kurve, school: School
) -> None:
    product = await new_product(alone.client, somtoday_client_secret="fout")
    koppeling = await alone.requested(school, product=product)
    await run_worker(alone.settings)
    found = await alone.show(koppeling)
    assert (found["state"], found["problem"]) == ("requested", "token_refused")
    assert found["last_verified_at"] is None


async def test_somtoday_away_degrades_and_its_return_restores(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    before = await alone.show(koppeling)
    await somtoday.connect.faults({"kind": "html_maintenance"})
    found = await look(alone, koppeling)
    assert (found["state"], found["problem"]) == ("degraded", "source_unavailable")
    # Nothing was seen, so what was seen last still stands.
    assert found["vestigingen"] == before["vestigingen"]
    assert found["last_verified_at"] == before["last_verified_at"]
    await somtoday.connect.faults()
    assert (await look(alone, koppeling))["state"] == "active"


async def test_stated_dates_decide_before_somtoday_is_asked(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    tomorrow, yesterday = today() + timedelta(days=1), today() - timedelta(days=1)
    await somtoday.connect.faults({"match": VESTIGING, "kind": "latency", "seconds": 0})
    koppeling = await alone.requested(school, begin_on=str(tomorrow))
    await run_worker(alone.settings)
    found = await alone.show(koppeling)
    assert (found["state"], found["last_verified_at"]) == ("scheduled", None)
    assert await somtoday.struck() == [0]
    await alone.requested(school, begin_on=str(today()))
    await run_worker(alone.settings)
    assert (await alone.show(koppeling))["state"] == "active"
    await alone.requested(school, begin_on=str(yesterday), end_on=str(yesterday))
    await run_worker(alone.settings)
    found = await alone.show(koppeling)
    assert found["state"] == "expired"
    assert found["vestigingen"]


async def during_a_look(
    kurve: Kurve, somtoday: Somtoday, act: Callable[[], Awaitable[Any]]
) -> None:
    """Run the worker, and act while Somtoday takes its time to answer."""
    await somtoday.connect.faults(
        {"match": VESTIGING, "kind": "latency", "seconds": 0.5, "times": 1}
    )

    async def looking() -> bool:
        return await somtoday.struck() == [1]

    running = asyncio.create_task(run_worker(kurve.settings))
    await settle(looking)
    await act()
    await running


async def test_ops_who_pause_during_a_look_have_the_last_word(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    koppeling = await alone.requested(school)
    await during_a_look(alone, somtoday, lambda: alone.post(koppeling, "pause"))
    found = await alone.show(koppeling)
    assert (found["state"], found["last_verified_at"]) == ("paused", None)
    assert await alone.history(koppeling) == [
        (None, "requested", "request"),
        ("requested", "paused", "pause"),
    ]


async def test_dates_that_change_during_a_look_are_looked_at_anew(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    koppeling = await alone.requested(school)
    tomorrow = str(today() + timedelta(days=1))
    await during_a_look(alone, somtoday, lambda: alone.request(school, begin_on=tomorrow))
    assert (await alone.show(koppeling))["state"] == "scheduled"
    assert await alone.history(koppeling) == [
        (None, "requested", "request"),
        ("requested", "requested", "change"),
        ("requested", "scheduled", "too_early"),
    ]


async def test_a_look_that_outlasts_its_lease_is_given_up(
    new_kurve: NewKurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    await somtoday.connect.faults({"match": VESTIGING, "kind": "latency", "seconds": 1.5})
    async with new_kurve(verify_lease_seconds=0.5) as kurve:
        koppeling = await kurve.requested(school)
        await run_worker(kurve.settings)
        found = await kurve.show(koppeling)
    assert (found["state"], found["problem"]) == ("requested", "source_unavailable")


async def test_a_verification_that_is_asked_twice_is_made_once(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    await alone.requested(school)
    koppeling = await alone.requested(school)
    await somtoday.connect.faults({"match": VESTIGING, "kind": "latency", "seconds": 0})
    await run_worker(alone.settings)
    assert await somtoday.struck() == [1]
    assert (await alone.show(koppeling))["state"] == "active"


async def test_what_a_lost_queue_forgot_is_swept_up(
    alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    koppeling = await alone.requested(school)
    async with Redis.from_url(alone.settings.redis_url.get_secret_value()) as redis:
        name = f"{alone.settings.redis_namespace}:connector:queue"
        assert await redis.zcard(name) == 1
        await redis.delete(name)
    await run_worker(alone.settings)
    assert (await alone.show(koppeling))["state"] == "requested"
    await run_worker(alone.settings, with_crons=True)
    assert (await alone.show(koppeling))["state"] == "active"


async def test_a_redis_that_is_away_does_not_stop_a_request(
    new_kurve: NewKurve, alone: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    away = type(alone.settings.redis_url)("redis://127.0.0.1:1/0")
    shared = {"encryption_keys": alone.settings.encryption_keys}
    async with new_kurve(redis_url=away, **shared) as kurve:
        koppeling = await kurve.requested(school)
    await run_worker(alone.settings, with_crons=True)
    assert (await alone.show(koppeling))["state"] == "active"


async def test_a_koppeling_is_verified_again_in_its_turn(
    alone: Kurve, school: School, somtoday: Somtoday, make_due: PassTime
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    await somtoday.close(school)
    await run_worker(alone.settings, with_crons=True)
    assert (await alone.show(koppeling))["state"] == "active"
    await make_due(koppeling)
    await run_worker(alone.settings, with_crons=True)
    assert (await alone.show(koppeling))["state"] == "revoked"

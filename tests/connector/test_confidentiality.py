import logging
import re

import pytest
from redis.asyncio import Redis

from tests.connector.conftest import NewKurve, Somtoday
from tests.connector.kurve import CONTACT, Kurve, School, run_worker, whole


async def play(kurve: Kurve, school: School, somtoday: Somtoday) -> None:
    """An activation with hiccups, a roster, one that is cut off, and a refused request."""
    expiring = {"match": "/vestiging", "kind": "expire_token", "times": 1}
    rows = {"kind": "wrong_type", "field": "roepnaam", "match": "/leerling"}
    away = {"match": "/lesgroep", "kind": "status", "times": 1}
    await somtoday.connect.faults(expiring, rows, away)
    koppeling = await kurve.requested(school)
    await run_worker(kurve.settings)
    assert (await kurve.show(koppeling))["state"] == "active"
    assert whole((await kurve.roster(school)).content)
    await somtoday.connect.faults({"match": "/medewerker", "kind": "drop"})
    assert '"fatal":true' in (await kurve.roster(school)).text
    assert (await kurve.request(school, contact_email=f"{CONTACT} x")).status_code == 422


def forbidden(kurve: Kurve, school: School, somtoday: Somtoday) -> list[str]:
    known = somtoday.state.school(school.brin)
    people = [*known.leerlingen.values(), *known.medewerkers.values()]
    names = ("roepnaam", "achternaam", "emailadres", "eckid", "BSN", "bsn")
    persons = {str(p.velden[name]) for p in people for name in names if name in p.velden}
    keys = [kurve.reader["Authorization"], kurve.client.headers["Authorization"]]
    return [
        *sorted(persons),
        *(key.removeprefix("Bearer ") for key in keys),
        *somtoday.state._tokens,
        kurve.settings.encryption_keys.get_secret_value(),
        kurve.settings.database_url.get_secret_value(),
        somtoday.state.settings.client_secret,
        CONTACT,
        CONTACT.partition("@")[0],
    ]


def leaks(words: list[str], written: str) -> list[str]:
    return [w for w in words if re.search(rf"(?<![\w-]){re.escape(w)}(?![\w-])", written)]


async def test_logs_at_their_most_talkative_name_nobody_and_give_nothing_away(
    new_kurve: NewKurve,
    school: School,
    somtoday: Somtoday,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await somtoday.open(school)
    caplog.set_level(logging.DEBUG)
    async with new_kurve(log_level="DEBUG") as kurve:
        await play(kurve, school, somtoday)
        words = forbidden(kurve, school, somtoday)
    written = capsys.readouterr().err + caplog.text
    for event in ("request", "roster_cut_off", "outbox_attempt_failed", "stamina.retry_scheduled"):
        assert f'"event": "{event}"' in written
    assert "verify_koppeling" in written
    assert leaks(words, written) == []


async def test_redis_holds_ids_and_encrypted_tokens_only(
    new_kurve: NewKurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    async with new_kurve() as kurve:
        await play(kurve, school, somtoday)
        await kurve.requested(school)
        words = forbidden(kurve, school, somtoday)
        async with Redis.from_url(kurve.settings.redis_url.get_secret_value()) as redis:
            found = []
            async for key in redis.scan_iter("*"):
                found.append(key)
                if await redis.type(key) == b"string":
                    found.append(await redis.get(key))
    written = b"\n".join(found).decode("latin-1")
    assert f"{kurve.settings.redis_namespace}:connector:queue" in written
    assert leaks(words, written) == []

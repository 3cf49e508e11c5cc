"""A process that dies at the worst moment, started again: the same roster, nothing lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from deploy.demo.peers import PlayFailedError, answer_of
from deploy.demo.steps import Play
from deploy.local.environment import Environment
from shared.clock import now, today
from tests.journeys.known_roster import content, known_roster

_SLOW_PUPILS = [{"match": "/leerling", "kind": "latency", "seconds": 1.5}]


def _wait(happened: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@contextmanager
def _roster_held(play: Play) -> Iterator[Callable[[], bool]]:
    """Hold a school's roster; yields whether the worker stands in its transaction, waiting."""
    owner = play.peers.environment.databases.owner
    with psycopg.connect(owner) as holder, psycopg.connect(owner, autocommit=True) as watcher:
        holder.execute("SELECT set_config('app.school_id', %s, true)", [str(play.school_id)])
        make = "INSERT INTO roster_version (school_id) VALUES (%s) ON CONFLICT DO NOTHING"
        holder.execute(make, [play.school_id])
        hold = "SELECT 1 FROM roster_version WHERE school_id = %s FOR UPDATE"
        holder.execute(hold, [play.school_id])

        def waits() -> bool:
            blocked = "SELECT 1 FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
            return watcher.execute(blocked, [holder.info.backend_pid]).fetchone() is not None

        yield waits
        holder.rollback()


def _begin(play: Play) -> dict[str, Any]:
    administrator = play.peers.administrator(play.school_id)
    return dict(answer_of(administrator.post("/v1/imports", json={"source": "somtoday"})))


def _killed(environment: Environment, name: str) -> None:
    environment.processes.kill(name)
    assert not environment.processes.is_running(name)


def _is_whole(play: Play, pupils: int) -> None:
    assert len(known_roster(play).active("pupil")) == pupils
    again = play.import_plan()
    assert not any(any(counts.values()) for counts in again["summary"].values())


def _wait_until_it_fetches(play: Play, run: dict[str, Any]) -> None:
    administrator = play.peers.administrator(play.school_id)

    def fetching() -> bool:
        found = answer_of(administrator.get(f"/v1/imports/{run['id']}"))
        return bool(found["progress"]["phase"] == "fetch")

    _wait(fetching)


def _goes_on_to_the_end(play: Play, run: dict[str, Any]) -> None:
    run = play.settled(run, "planned")
    play.choose(run)
    play.apply(run)
    _is_whole(play, 120)


def test_a_worker_killed_while_it_fetches(
    environment: Environment, new_play: Callable[..., Play]
) -> None:
    play = new_play("91AA")
    play.create_connectkoppeling()
    play.activate()
    answer_of(play.peers.sandbox.put("/sandbox/faults", json=_SLOW_PUPILS))
    run = _begin(play)
    _wait_until_it_fetches(play, run)
    _killed(environment, "importer-worker")
    answer_of(play.peers.sandbox.delete("/sandbox/faults"))
    environment.processes.restart("importer-worker")
    _goes_on_to_the_end(play, run)


def test_a_worker_killed_while_it_compares(
    environment: Environment, new_play: Callable[..., Play]
) -> None:
    play = new_play("91AB")
    play.create_connectkoppeling()
    play.activate()
    with _roster_held(play) as waits:
        run = _begin(play)
        _wait(waits)
        _killed(environment, "importer-worker")
    environment.processes.restart("importer-worker")
    _goes_on_to_the_end(play, run)


def test_a_worker_killed_while_it_applies(
    environment: Environment, imported: Callable[..., Play]
) -> None:
    play = imported("91AC")
    play.next_week()
    run = play.import_plan()
    play.choose(run)
    before = content(play)
    with _roster_held(play) as waits:
        administrator = play.peers.administrator(play.school_id)
        order, seen = {"digest": run["digest"]}, {"If-Match": "*"}
        answer_of(administrator.post(f"/v1/imports/{run['id']}/apply", json=order, headers=seen))
        _wait(waits)
        _killed(environment, "importer-worker")
        assert content(play) == before
    environment.processes.restart("importer-worker")
    play.settled(run, "applied")
    assert content(play) != before
    _is_whole(play, 120)


def test_a_connector_that_dies_in_mid_stream_changes_nothing(
    environment: Environment, imported: Callable[..., Play]
) -> None:
    play = imported("91AD")
    before = content(play)
    play.next_week()
    answer_of(play.peers.sandbox.put("/sandbox/faults", json=_SLOW_PUPILS))
    run = _begin(play)
    _wait_until_it_fetches(play, run)
    _killed(environment, "connector")
    with pytest.raises(PlayFailedError, match="failed: source_"):
        play.settled(run, "planned")
    assert content(play) == before
    answer_of(play.peers.sandbox.delete("/sandbox/faults"))
    environment.processes.restart("connector")
    run = play.import_plan()
    play.choose(run)
    play.apply(run)
    _is_whole(play, 120)


def test_a_mail_survives_a_mail_server_and_a_worker_that_are_away(
    environment: Environment, new_play: Callable[..., Play]
) -> None:
    play = new_play("91AE", 30)
    play.create_connectkoppeling()
    _killed(environment, "inbox")
    play.activate()

    def tried_in_vain() -> bool:
        # Not while it is tried: who is killed then keeps it for a minute.
        query = """
            SELECT FROM outbox WHERE topic LIKE 'mail.%' AND done_at IS NULL
                AND last_error IS NOT NULL AND due_at < now() + interval '20 seconds'
        """
        with psycopg.connect(environment.databases.owner) as connection:
            return connection.execute(query).fetchone() is not None

    _wait(tried_in_vain)
    _killed(environment, "connector-worker")
    for name in ("inbox", "connector-worker"):
        environment.processes.restart(name)
    mail = play.confirmation_mail()
    assert play.school_name in mail["text"]


def test_when_redis_forgets_everything_the_work_is_found_again(
    environment: Environment, new_play: Callable[..., Play]
) -> None:
    import redis

    play = new_play("91AF", 30)
    play.create_connectkoppeling()
    play.activate()
    _killed(environment, "importer-worker")
    run = _begin(play)
    with redis.Redis.from_url(environment.redis_url) as client:
        for key in client.scan_iter(match="*importer*"):
            client.delete(key)
    environment.processes.restart("importer-worker")
    run = play.settled(run, "planned")
    assert run["summary"]["pupils"]["add"] == 30


def test_a_start_while_licensing_is_away_is_recorded_when_it_is_sent_again(
    environment: Environment, imported: Callable[..., Play]
) -> None:
    play = imported("91AG", 30)
    play.grant_licenses(1)
    pupil = play.people("pupil")[0]["id"]
    body = {
        "person_id": pupil,
        "license_product": "numo-rekenen",
        "activity_kind": "sprongtoets",
        "activity_id": "breuken-1",
        "started_at": now().isoformat(),
    }
    _killed(environment, "licensing")
    with pytest.raises(httpx.ConnectError):
        play.send_start(body, {"Idempotency-Key": "kept-by-the-frontend-91AG"})
    environment.processes.restart("licensing")
    sent = play.send_start(body, {"Idempotency-Key": "kept-by-the-frontend-91AG"})
    again = play.send_start(body, {"Idempotency-Key": "kept-by-the-frontend-91AG"})
    assert sent.answer["license_used_now"] is True
    assert again.answer == sent.answer


def test_the_end_of_a_koppeling_is_heard_by_the_importer_and_archives_nobody(
    environment: Environment, imported: Callable[..., Play]
) -> None:
    play = imported("93AE", 30)
    people = len(play.people("pupil"))
    waiting = play.settled(_begin(play), "planned")
    ops = play.peers.connector
    (koppeling,) = answer_of(ops.get("/v1/koppelingen", params={"brin": "93AE"}))["items"]
    answer_of(ops.post(f"/v1/koppelingen/{koppeling['id']}/end", json={"reason": "Opgezegd"}))
    asked = "SELECT why, answer_by FROM koppeling_end WHERE school_id = %s AND why <> ''"
    with psycopg.connect(environment.databases.owner, autocommit=True) as owner:
        owner.execute("SELECT set_config('app.school_id', %s, false)", [str(play.school_id)])
        _wait(lambda: owner.execute(asked, [play.school_id]).fetchone())
        why, answer_by = owner.execute(asked, [play.school_id]).fetchone()
    assert (why, answer_by > today()) == ("ended", True)
    run = play.peers.administrator(play.school_id).get(f"/v1/imports/{waiting['id']}").json()
    assert (run["state"], run["problem"]) == ("failed", "koppeling_not_active")
    assert len(play.people("pupil")) == people

"""A million starts while service, worker and connections are killed at random: none lost.

Starts of a back end that sends again whatever was not answered, a tenth of them alone (they
gather) and the others in batches, over pools that hold nine tenths of what is asked: so each pool
must end exactly empty.
"""

import random
import time
from typing import Any

from benchmarks.http_load import Load, RunningLoad, Sent, request
from benchmarks.licensing_stage import PRODUCT, Stage, pupil_id, school_id, stage
from benchmarks.report import Row
from shared.clock import now
from shared.ids import new_id

_SCHOOLS, _PUPILS, _LICENSES = 1000, 1000, 900
_BATCH = 100
_CREATED = 201
_SECONDS_BETWEEN = 2.0
_BOOKS = """
    SELECT (SELECT sum(used) FROM license_pool), (SELECT count(*) FROM license),
        (SELECT count(*) FROM license_answer), (SELECT count(*) FROM license_use),
        (SELECT count(*) FROM license_entry WHERE kind = 'use'),
        (SELECT count(*) FROM license_pool WHERE used > granted),
        (SELECT count(DISTINCT (pool_id, person_id)) FROM license)
"""
_CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query LIKE '%start_license_uses%' AND pid <> pg_backend_pid() LIMIT 3
"""


def kills(scale: float) -> list[Row]:
    """Send them all, kill meanwhile, and compare the answers with the books."""
    schools = max(int(_SCHOOLS * scale), 2)
    with stage(schools=schools, pupils=schools * _PUPILS, licenses=_LICENSES) as made:
        load = Load(made.port, 16, keep_answers=True, retry=True)
        began = time.perf_counter()
        with RunningLoad(_calls(made), load) as running:
            killed = _kill_until(made, running)
            sent = running.results()
        seconds = time.perf_counter() - began
        uses = [use for one in sent for use in _uses(one)]
        answered = {use["id"] for use in uses if use}
        [(used, licenses, answers, logged, entries, oversold, persons)] = made.query(_BOOKS)
    asked, granted = schools * _PUPILS, schools * _LICENSES
    lost = asked - len(uses) + len(answered) - answers
    doubled = (licenses - persons) + abs(used - licenses) + (logged - answers) + (entries - used)
    return [
        Row("kills: starts asked for", asked, "starts"),
        Row("kills: licenses used of those granted", used / granted, "ratio", 1.0),
        Row("kills: starts per second through them", asked / seconds, "starts/s"),
        Row("kills: of the service", killed["licensing"], "kills"),
        Row("kills: of the worker", killed["licensing-worker"], "kills"),
        Row("kills: of connections", killed["connection"], "kills"),
        Row("kills: lost", abs(lost), "starts", 0, at_least=False),
        Row("kills: doubled", doubled, "starts", 0, at_least=False),
        Row("kills: pools oversold", oversold, "pools", 0, at_least=False),
    ]


def _uses(sent: Sent) -> list[dict[str, Any] | None]:
    """What became of each start of a call: its use, or None where none was left."""
    answer = sent.answer or {}
    if "results" in answer:
        return [one["use"] for one in answer["results"]]
    return [answer if sent.status == _CREATED else None]


def _calls(made: Stage) -> list[list]:  # type: ignore[type-arg]
    key, moment = made.key(), now().isoformat()
    calls = []
    for first in range(0, _PUPILS, _BATCH):
        for school in range(made.schools):
            bodies = [
                {
                    "person_id": str(pupil_id(school + number * made.schools)),
                    "license_product": PRODUCT,
                    "activity_kind": "oefening",
                    "activity_id": "breuken-1",
                    "started_at": moment,
                }
                for number in range(first, first + _BATCH)
            ]
            path = "/v1/license-uses{}?school_id=" + str(school_id(school))
            if (school + first // _BATCH) % 10 == 0:
                alone = path.format("")
                calls += [request(alone, key, str(new_id()), body) for body in bodies]
            else:
                items = [{**body, "idempotency_key": str(new_id())} for body in bodies]
                calls.append(request(path.format(":batch"), key, None, {"items": items}))
    return calls


def _kill_until(made: Stage, running: RunningLoad) -> dict[str, int]:
    """Kill one of the three every two seconds, until every start is answered."""
    killed = {"licensing": 0, "licensing-worker": 0, "connection": 0}
    chance = random.Random(1)  # noqa: S311 - a choice of victims
    while not running.is_over:
        time.sleep(_SECONDS_BETWEEN)
        victim = chance.choice(list(killed))
        if victim == "connection":
            killed[victim] += len(made.query(_CUT))
            continue
        made.processes.kill(victim)
        made.processes.restart(victim)
        killed[victim] += 1
    return killed

"""1,000 koppelingen verified by one worker: its calls a second against the limit that is set.

Twice: as schools that nobody looked at before, and once more as schools that are active. The
calls are counted where they arrive, by the sandbox.
"""

import time
from collections.abc import Callable, Iterator
from itertools import islice, product
from string import ascii_uppercase, digits

import psycopg

from benchmarks.report import Row
from deploy.demo.peers import Peers, answer_of
from services.connector.settings import ConnectorSettings
from shared.clock import today

_WORKER = "connector-worker"
_KOPPELINGEN = 1_000
_PER_CALL = 500
_PUPILS = 20
_LIMIT: int = ConnectorSettings.model_fields["somtoday_calls_per_second"].default
_SHARE = 0.95
_POLL_SECONDS = 0.5
_LONGEST_SECONDS = 600.0
_UNSEEN = "SELECT count(*) FROM koppeling WHERE last_verified_at IS NULL OR state <> 'active'"
_UNLOOKED = "SELECT count(*) FROM koppeling WHERE verify_due_at <= now() + interval '2 minutes'"
_ALL_DUE = "UPDATE koppeling SET verify_due_at = now()"


def verification(peers: Peers) -> list[Row]:
    """Let the worker verify every koppeling at once, and then again."""
    schools = list(islice(_brins(), _KOPPELINGEN))
    for brin in schools:
        _new_school(peers, brin)
    with psycopg.connect(peers.environment.databases.owner, autocommit=True) as owner:

        def left(statement: str) -> Callable[[], bool]:
            return lambda: (owner.execute(statement).fetchone() or (0,))[0] > 0

        # Asked for while the worker is away: what is measured is its work, not that of ops.
        peers.environment.processes.kill(_WORKER)
        for first in range(0, len(schools), _PER_CALL):
            _activate(peers, schools[first : first + _PER_CALL])
        peers.sandbox.delete("/sandbox/calls")
        peers.environment.processes.restart(_WORKER)
        rows = _counted(peers, "first verification", left(_UNSEEN))
        peers.sandbox.delete("/sandbox/calls")
        owner.execute(_ALL_DUE)
        return rows + _counted(peers, "verification anew", left(_UNLOOKED))


def _brins() -> Iterator[str]:
    for parts in product("9", digits, ascii_uppercase, ascii_uppercase[:-1]):
        yield "".join(parts)


def _name(brin: str) -> str:
    return f"School {brin}"


def _new_school(peers: Peers, brin: str) -> None:
    made = {"naam": _name(brin), "brin": brin, "pupils": _PUPILS}
    answer_of(peers.sandbox.post("/sandbox/schools", json=made))
    wanted = {
        "begindatum": today().isoformat(),
        "einddatum": None,
        "voorwaarden_geaccepteerd": True,
    }
    answer_of(peers.sandbox.post(f"/sandbox/schools/{brin}/koppeling", json=wanted))


def _activate(peers: Peers, brins: list[str]) -> None:
    wanted = [
        {
            "product": "numo",
            "school_name": _name(brin),
            "brin": brin,
            "contact_email": "applicatiebeheer@school.example",
        }
        for brin in brins
    ]
    answer_of(peers.connector.post("/v1/koppelingen:bulk", json=wanted))


def _counted(peers: Peers, name: str, left: Callable[[], bool]) -> list[Row]:
    until = time.monotonic() + _LONGEST_SECONDS
    while left():
        if time.monotonic() > until:
            msg = f"{name}: not all koppelingen were verified in time"
            raise RuntimeError(msg)
        time.sleep(_POLL_SECONDS)
    found = answer_of(peers.sandbox.get("/sandbox/calls"))
    speed = (found["count"] - 1) / found["seconds"]
    most = found["most_in_a_second"]
    title = f"{name} of {_KOPPELINGEN} koppelingen"
    return [
        Row(f"{title}: calls", found["count"], "calls"),
        Row(f"{title}: speed", speed, "calls/s"),
        Row(f"{title}: speed against the limit", speed / _LIMIT, "ratio", _SHARE),
        Row(f"{title}: most calls in a second", most, "calls", _LIMIT, at_least=False),
    ]

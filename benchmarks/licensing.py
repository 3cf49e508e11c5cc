"""Licensing: the speed of a start, a national morning, one hot school, kills, and growth.

Every load comes from a process of its own; every answer is checked against the books. Run one part
or a smaller one with `python -m benchmarks.licensing --part start --scale 0.1`.
"""

import argparse
import random
import resource
import time
import traceback
from collections.abc import Callable, Sequence

from benchmarks.http_load import Load, Sent, request, send_all
from benchmarks.licensing_growth import growth
from benchmarks.licensing_kills import kills
from benchmarks.licensing_limits import pgbench
from benchmarks.licensing_stage import PRODUCT, Stage, pupil_id, school_id, stage
from benchmarks.report import Row, show
from shared.clock import now
from shared.ids import new_id

_CONNECTIONS = 64
_SHARE = 0.6
_CREATED = 201


def measure(scale: float = 1.0) -> list[Row]:
    """All five parts; `scale` makes every load smaller. One that fails is a row of its own."""
    rows = []
    for name, part in PARTS.items():
        began = time.perf_counter()
        try:
            found = part(scale)
        except Exception:  # noqa: BLE001 - whatever it is, the other parts' numbers are not lost
            traceback.print_exc()
            found = [Row(f"{name}: failed", 1, "parts", 0, at_least=False)]
        show(f"licensing, {name}: {time.perf_counter() - began:,.0f} s", found)
        rows += found
    return rows


def starts(stage: Stage, pupils: Sequence[int], due: Sequence[float] | None = None) -> list[list]:  # type: ignore[type-arg]
    """A start of each of these pupils, by its own token."""
    moment = now().isoformat()
    made = []
    for place, number in enumerate(pupils):
        person = pupil_id(number)
        body = {
            "person_id": str(person),
            "license_product": PRODUCT,
            "activity_kind": "oefening",
            "activity_id": "breuken-1",
            "started_at": moment,
        }
        token = stage.issuer.token(school_id(number % stage.schools), person)
        at = None if due is None else due[place]
        made.append(request("/v1/license-uses", token, str(new_id()), body, at))
    return made


def rate(sent: Sequence[Sent]) -> float:
    """Answers per second."""
    began, ended = min(one.due for one in sent), max(one.answered for one in sent)
    return len(sent) / (ended - began)


def milliseconds(sent: Sequence[Sent], share: float) -> float:
    """What this share of the callers waited at most."""
    waited = sorted(one.seconds for one in sent)
    return waited[min(int(len(waited) * share), len(waited) - 1)] * 1000


def require_all(stage: Stage, sent: Sequence[Sent], used: int) -> None:
    """Every start was recorded, once, and the pools say so; RuntimeError otherwise."""
    refused = sum(one.status != _CREATED for one in sent)
    [(logged, in_use)] = stage.query(
        "SELECT (SELECT count(*) FROM license_use), (SELECT sum(used) FROM license_pool)"
    )
    if refused or in_use != used or logged < used:
        msg = f"{refused} not recorded, {logged} logged, {in_use} in use instead of {used}"
        raise RuntimeError(msg)


def _children_cpu_seconds() -> float:
    """CPU of the programs of this process that have ended: in between, the generator only."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def speed(scale: float) -> list[Row]:
    """Starts per second over HTTP against its two limits, each first start of a pupil."""
    wanted = int(20_000 * scale)
    warm, each = 300, max(int(30_000 * scale) // _CONNECTIONS, 10)
    pupils = wanted + warm + each * _CONNECTIONS
    with stage(schools=500, pupils=pupils, licenses=pupils) as made:
        bare = made.serve("bare", "benchmarks.bare_start:create_app")
        load = Load(made.port, _CONNECTIONS)
        send_all(starts(made, range(warm)), load)
        ours = starts(made, range(warm, warm + wanted))
        before = _children_cpu_seconds()
        sent = send_all(ours, load)
        generator = (_children_cpu_seconds() - before) / wanted
        require_all(made, sent, warm + wanted)
        send_all(ours[:warm], Load(bare, _CONNECTIONS))
        without = rate(send_all(ours, Load(bare, _CONNECTIONS)))
        statement = pgbench(made, clients=_CONNECTIONS, each=each, first=warm + wanted)
    limit = min(without, statement)
    return [
        Row("starts over HTTP", rate(sent), "starts/s"),
        Row("limit: the same statement by pgbench", statement, "starts/s"),
        Row("limit: bare endpoint, same auth", without, "starts/s"),
        Row("starts against the lower limit", rate(sent) / limit, "ratio", _SHARE),
        Row("p50 at 64 connections", milliseconds(sent, 0.5), "ms"),
        Row("p99 at 64 connections", milliseconds(sent, 0.99), "ms", 30, at_least=False),
        Row("p999 at 64 connections", milliseconds(sent, 0.999), "ms"),
        Row("CPU of the load generator, its start included", 1000 * generator, "ms per start"),
    ]


def morning(scale: float) -> list[Row]:
    """A national morning: 555 starts a second for five minutes, three times that at its peak."""
    seconds, mean, peak, share = 300 * scale, 555.0, 3.0, 0.1
    total = int(mean * seconds)
    quiet = (1 - peak * share) / (1 - share)
    clock = 0.0
    due: list[float] = []
    chance = random.Random(1)  # noqa: S311 - a timetable, not a secret
    while len(due) < total:
        is_peak = 0.45 < clock / seconds < 0.45 + share  # noqa: PLR2004 - a little before the middle
        clock += chance.expovariate(mean * (peak if is_peak else quiet))
        due.append(clock)
    warm = 300
    pupils = chance.sample(range(1_000_000), total + warm)
    with stage(schools=1000, pupils=1_000_000, licenses=1000) as made:
        send_all(starts(made, pupils[total:]), Load(made.port, _CONNECTIONS))
        sent = send_all(starts(made, pupils[:total], due), Load(made.port, 256))
        require_all(made, sent, total + warm)
    return [
        Row("national morning: starts", len(sent), "starts"),
        Row("national morning: starts per second, mean", rate(sent), "starts/s"),
        Row("national morning: p50", milliseconds(sent, 0.5), "ms"),
        Row("national morning: p99", milliseconds(sent, 0.99), "ms", 100, at_least=False),
        Row("national morning: lost or doubled", 0, "starts", 0, at_least=False),
    ]


def hot(scale: float) -> list[Row]:
    """2,500 pupils press start within ten seconds: of one school, and of a thousand."""
    pupils = int(2500 * scale)
    chance = random.Random(1)  # noqa: S311
    due = sorted(chance.uniform(0, 10 * scale) for _ in range(pupils))
    rows = []
    for name, schools in (("one school", 1), ("a thousand schools", 1000)):
        with stage(schools=schools, pupils=2 * pupils, licenses=2 * pupils) as made:
            timed = send_all(starts(made, range(pupils), due), Load(made.port, 256))
            rest = starts(made, range(pupils, 2 * pupils))
            at_once = send_all(rest, Load(made.port, _CONNECTIONS))
            require_all(made, [*timed, *at_once], 2 * pupils)
        rows += [
            Row(f"{name}: starts per second in ten seconds", rate(timed), "starts/s"),
            Row(f"{name}: p99 in ten seconds", milliseconds(timed, 0.99), "ms"),
            Row(f"{name}: starts per second, all at once", rate(at_once), "starts/s"),
            Row(f"{name}: p99, all at once", milliseconds(at_once, 0.99), "ms"),
        ]
    return rows


def grown(scale: float) -> list[Row]:
    """Starts per second with 0, 1 and 20 million rows of log."""
    wanted, warm = int(10_000 * scale), 300
    pupils = 3 * (wanted + warm)
    with stage(schools=500, pupils=pupils, licenses=pupils) as made:
        used = 0

        def run() -> float:
            nonlocal used
            send_all(starts(made, range(used, used + warm)), Load(made.port, _CONNECTIONS))
            ours = starts(made, range(used + warm, used + warm + wanted))
            used += warm + wanted
            return rate(send_all(ours, Load(made.port, _CONNECTIONS)))

        return growth(made, scale, run)


PARTS: dict[str, Callable[[float], list[Row]]] = {
    "start": speed,
    "hot": hot,
    "morning": morning,
    "kills": kills,
    "growth": grown,
}


def main() -> None:
    """Run one part, as large as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    show(given.part, PARTS[given.part](given.scale))


if __name__ == "__main__":
    main()

"""Growth: fill the log and the answers to a size, and look whether starts become slower."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.licensing_stage import Stage
from benchmarks.report import Row

_SIZES = (0, 1_000_000, 20_000_000)
_SHARE = 0.9
# As a year of starts would have made it: keys and ids that grow with time, over all pupils.
_ANSWERS = """
    INSERT INTO license_answer SELECT
        '0192' || lpad(to_hex(n), 12, '0') || substr(md5(n::text), 1, 20), bench_id(2, n %% 100000),
        bench_id(1, n %% %(schools)s), decode(repeat('ab', 32), 'hex'), bench_id(4, n),
        bench_id(5, n %% 100000), false, 100
    FROM generate_series(%(first)s, %(last)s) n
"""
_LOG = """
    INSERT INTO license_use SELECT bench_id(4, n), bench_id(1, n %% %(schools)s),
        bench_id(5, n %% 100000), bench_id(2, n %% 100000), 'oefening', 'breuken-1', now(), false,
        now() FROM generate_series(%(first)s, %(last)s) n
"""


def growth(stage: Stage, scale: float, run: Callable[[], float]) -> list[Row]:
    """Starts per second at each size, and the least against the empty log."""
    rates, filled = [], 0
    for size in (int(one * scale) for one in _SIZES):
        if size > filled:
            facts = {"schools": stage.schools, "first": filled, "last": size - 1}
            print(f"growth: filling up to {size:,} rows", flush=True)
            # Side by side: two tables, two cores.
            with ThreadPoolExecutor() as threads:
                list(threads.map(stage.query, (_ANSWERS, _LOG), (facts, facts)))
            # What a night would have done; a start waits for none of it.
            stage.query("VACUUM ANALYZE")
            stage.query("CHECKPOINT")
        filled = size
        rates.append(run())
    rows = [
        Row(f"growth: starts per second at {int(size * scale):,} rows", found, "starts/s")
        for size, found in zip(_SIZES, rates, strict=True)
    ]
    least = min(rates) / rates[0]
    return [*rows, Row("growth: slowest against an empty log", least, "ratio", _SHARE)]

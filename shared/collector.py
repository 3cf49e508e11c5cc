"""How often Python looks for cycles of dead objects, where a whole school passes through."""

import gc

_THRESHOLDS = (50_000, 20, 20)


def let_schools_pass() -> None:
    """Look less often, in this process.

    A school is hundreds of thousands of objects that die without a cycle. At Python's own 700, 10,
    10 the collector walks the whole heap over and over while they are made: half of the time of a
    fetch, and of a plan.
    """
    gc.set_threshold(*_THRESHOLDS)

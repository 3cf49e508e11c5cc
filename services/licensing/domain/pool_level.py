"""How much of a pool is in use, in the steps that people are told of."""

from enum import IntEnum

_ALL = 100


class PoolLevel(IntEnum):
    """A step, by the percentage of what was granted that is in use."""

    AMPLE = 0
    LOW = 80
    VERY_LOW = 95
    EMPTY = 100
    OVERDRAWN = 101


def level_of(granted: int, used: int) -> PoolLevel:
    """The highest step that a pool has reached."""
    if used > granted:
        return PoolLevel.OVERDRAWN
    # Nothing of nothing: a pool that never was filled has not run empty.
    if granted == 0:
        return PoolLevel.AMPLE
    share = used * _ALL
    steps = (PoolLevel.EMPTY, PoolLevel.VERY_LOW, PoolLevel.LOW)
    return next((step for step in steps if share >= step * granted), PoolLevel.AMPLE)


def is_news(told: int, reached: PoolLevel) -> bool:
    """Whether a step is worth telling: it is higher than the one told last."""
    return reached > told

"""Two lists in the order of one key, and where they differ: a merge join that reads each once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress, count
from math import nan
from operator import ne

# The word of who must be looked at, whatever they say: it equals none, not even itself.
UNSURE = nan


@dataclass(frozen=True, slots=True)
class Side:
    """Keys in ascending order, and what is said under each, as a number or UNSURE.

    Of one side no two words are equal, and equal words of two sides are of equal keys.
    """

    keys: Sequence[str]
    words: Sequence[float]


@dataclass(frozen=True, slots=True)
class Join:
    """Places at which two sides differ: what only one of them has, and what both say otherwise."""

    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    both: list[tuple[int, int]] = field(default_factory=list)


def join(left: Side, right: Side) -> Join:
    """Where two sides differ.

    As long as they agree, both are read on together without a step of Python's, which is what
    makes it fast: two sets of their words would be read in the order of their hashes, and of a
    million most are far away. A key that one side has twice is met once, and left once.
    """
    found = Join()
    words, said = iter(left.words), iter(right.words)
    # How many of each side were passed alone: from there on it is so much ahead.
    passed = told = 0
    for both in compress(count(), map(ne, words, said)):
        while (here := both + passed) < len(left.keys) and (there := both + told) < len(right.keys):
            key, other = left.keys[here], right.keys[there]
            if key == other:
                if left.words[here] != right.words[there]:
                    found.both.append((here, there))
                break
            if key < other:
                found.left.append(here)
                passed += 1
                next(words, None)
            else:
                found.right.append(there)
                told += 1
                next(said, None)
    read = min(len(left.keys) - passed, len(right.keys) - told)
    found.left.extend(range(read + passed, len(left.keys)))
    found.right.extend(range(read + told, len(right.keys)))
    return found

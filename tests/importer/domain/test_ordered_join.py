"""One pass over two sides finds what looking up every key would find."""

from collections.abc import Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from services.importer.domain.ordered_join import UNSURE, Join, Side, join

KEYS = st.text("abc", max_size=3)
WORDS = st.none() | st.integers(0, 2)


def side(said: Mapping[str, int | None]) -> Side:
    """What is said under each key; None is said by who must be looked at."""
    keys = sorted(said)
    return Side(keys, [UNSURE if said[key] is None else hash((key, said[key])) for key in keys])


def by_key(left: Mapping[str, int | None], right: Mapping[str, int | None]) -> Join:
    """The same by looking up every key on the other side."""
    here, there = sorted(left), sorted(right)
    differing = [key for key in here if key in right and left[key] != right[key]]
    unsure = [key for key in here if key in right and left[key] is None and right[key] is None]
    return Join(
        [place for place, key in enumerate(here) if key not in right],
        [place for place, key in enumerate(there) if key not in left],
        [(here.index(key), there.index(key)) for key in sorted([*differing, *unsure])],
    )


@given(st.dictionaries(KEYS, WORDS), st.dictionaries(KEYS, WORDS))
@example({}, {"a": 1})
@example({"a": 1, "b": 1, "c": 1}, {"c": 1})
@example({"b": 1}, {"a": 1, "b": None, "c": 1})
def test_a_join_is_what_looking_up_every_key_finds(
    left: dict[str, int | None], right: dict[str, int | None]
) -> None:
    assert join(side(left), side(right)) == by_key(left, right)


@given(st.lists(KEYS), st.lists(KEYS))
def test_who_shares_a_key_is_met_once_whoever_is_on_the_other_side(
    left: list[str], right: list[str]
) -> None:
    found = join(*(Side(sorted(keys), [UNSURE] * len(keys)) for keys in (left, right)))
    here, there = zip(*found.both, strict=True) if found.both else ((), ())
    assert sorted([*found.left, *here]) == list(range(len(left)))
    assert sorted([*found.right, *there]) == list(range(len(right)))
    assert all(sorted(left)[one] == sorted(right)[other] for one, other in found.both)
    only = {sorted(left)[place] for place in found.left} & {sorted(right)[p] for p in found.right}
    assert only == set()

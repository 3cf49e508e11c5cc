"""Of one thing that happens to them, nobody becomes another or two without a question.

Whatever takes turns: Somtoday, with or without the ECK iD, and lists of one key or another. What
one of these does not tell the next one may, so that two things would come to light at once. Each
record tells in its username, which decides nothing, who it is of.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from shared.roster.document import PersonRecord
from tests.importer.domain.builders import ECK, document, says
from tests.importer.domain.strategies import unhurried

_GIVEN, _FAMILY, _MAIL = ("Anna", "Bram", "Zoë"), ("Bos", "Aal"), ("x@s.nl", "y@s.nl")
# What of somebody each source tells, and how many zeros it writes before a number.
_TELLS = {
    "somtoday": ("key", "eck_id", "real_id", "email"),
    "somtoday bare": ("key", "email"),
    "csv": ("00",),
    "csv mail": ("00", "email"),
    "csv eck": ("0", "eck_id"),
    "csv real": ("0", "real_id"),
}


@dataclass(frozen=True)
class _Pupil:
    name: str
    number: int
    given: str
    family: str
    key: str
    eck_id: str
    real_id: str
    email: str
    has_changed: bool = False


@dataclass
class _School:
    """Who is there and who left; `made` counts all numbers and keys that were ever given."""

    here: list[_Pupil] = field(default_factory=list)
    left: list[_Pupil] = field(default_factory=list)
    made: int = 0

    def _next(self) -> int:
        self.made += 1
        return self.made

    def join(self, one: int, other: int) -> None:
        at = self._next()
        names = (_GIVEN[one % 3], _FAMILY[other % 2])
        keys = (f"k{at}", f"{ECK}{at}", f"{at}@s.nl", _MAIL[other // 2 % 2])
        self.here.append(_Pupil(f"p{at}", at, *names, *keys))

    def leave(self, one: int, _: int) -> None:
        self.left.append(self.here.pop(one % len(self.here)))

    def hand_on(self, one: int, other: int) -> None:
        """Who has another name altogether gets the number of who leaves, and perhaps the RealId."""
        self.leave(one, other)
        self.join(one, other)
        new, old = self.here.pop(), self.left[-1]
        real_id = old.real_id if other % 2 else new.real_id
        named = replace(
            new,
            given=f"Kees{new.number}",
            family=f"Vis{new.number}",
            number=old.number,
            real_id=real_id,
            has_changed=True,
        )
        self.here.append(named)

    def come_back(self, one: int, other: int) -> None:
        """As they were, or with all that a school gives anew."""
        if not self.left:
            return
        back = self.left.pop(one % len(self.left))
        at = self._next()
        is_taken = back.number in {pupil.number for pupil in self.here}
        if is_taken and back.has_changed:
            return
        if is_taken or (other % 2 and not back.has_changed):
            anew = {"number": at, "key": f"k{at}", "real_id": f"{at}@s.nl"}
            back = replace(back, **anew, has_changed=True)
        self.here.append(back)

    def change(self, one: int, other: int) -> None:
        at, pupil = self._next(), self.here[one % len(self.here)]
        if pupil.has_changed:
            return
        ways: tuple[Callable[[], _Pupil], ...] = (
            lambda: replace(pupil, given=_GIVEN[other % 3]),
            lambda: replace(pupil, family=_FAMILY[other % 2]),
            lambda: replace(pupil, number=at),
            lambda: replace(pupil, key=f"k{at}"),
            lambda: replace(pupil, eck_id=f"{ECK}{at}"),
            lambda: replace(pupil, real_id=f"{at}@s.nl"),
            lambda: replace(pupil, email=_MAIL[other % 2]),
        )
        changed = replace(ways[other % len(ways)](), has_changed=True)
        self.here[one % len(self.here)] = changed

    def swap(self, one: int, other: int) -> None:
        """Two of one name exactly cannot be told apart by a list."""
        first, second = (at % len(self.here) for at in (one, other))
        left, right = self.here[first], self.here[second]
        is_told = (left.given, left.family) != (right.given, right.family)
        if is_told and not left.has_changed and not right.has_changed:
            self.here[first] = replace(left, number=right.number, has_changed=True)
            self.here[second] = replace(right, number=left.number, has_changed=True)

    def says(self, source: str) -> Document:
        rows = [_row(pupil, _TELLS[source]) for pupil in self.here]
        complete = ("pupil", "employee") if "som" in source else ("pupil",)
        return document(rows, source=source.split(maxsplit=1)[0], complete=complete)


def _row(pupil: _Pupil, tells: tuple[str, ...]) -> PersonRecord:
    zeros = next((one for one in tells if not one.strip("0")), "")
    told = {name: getattr(pupil, name) for name in tells if name in {"eck_id", "real_id", "email"}}
    return says(
        pupil.key if "key" in tells else None,
        ref=pupil.name,
        pupil_number=f"{zeros}{pupil.number}",
        given_name=pupil.given,
        family_name=pupil.family,
        username=pupil.name,
        **told,
    )


_EVENTS = st.tuples(
    st.sampled_from(["join", "leave", "hand_on", "come_back", "change", "change", "swap"]),
    st.integers(0, 5),
    st.integers(0, 20),
)
_STEPS = st.lists(st.tuples(_EVENTS, st.sampled_from(sorted(_TELLS))), min_size=2, max_size=6)


@settings(unhurried, max_examples=60)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=3), _STEPS)
def test_nobody_becomes_another_or_two(
    first: list[int], steps: list[tuple[tuple[str, int, int], str]]
) -> None:
    school, roster = _School(), Roster.of(0, [], [], [])
    for one in first:
        school.join(one, one // 3)
    was: dict[UUID, str | None] = {}
    for (event, one, other), source in steps:
        roster = apply(diff(roster, school.says(source)), roster)
        names = {person.id: person.fields["username"] for person in roster.people.values()}
        assert names == {**names, **was}, "nobody becomes another"
        assert len(set(names.values())) == len(names), "nobody is there twice"
        was = names
        if school.here:
            getattr(school, event)(one, other)

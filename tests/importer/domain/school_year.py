"""A school and what happens to it, year after year, to be imported by whoever has a roster."""

import unicodedata
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from hypothesis import strategies as st

from services.importer.domain.change import Action, Change
from services.importer.domain.diff import diff
from services.importer.domain.normalise import bare_number, same
from services.importer.domain.roster import Document, Roster
from shared.ids import new_id
from shared.roster.document import (
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
)
from tests.importer.domain.strategies import MOMENT, SCHOOLJAAR, cleaned
from tests.importer.domain.undoing import assert_taken_back, taken_back

ALL = frozenset({"add", "update", "archive"})
_NAMES = ("Zoë", "Anna", "Daniël", "Mo", "Ĳsbrand")
_CLASSES = ("h4a", "h4b", "h4c")
_FIRST = int(SCHOOLJAAR[:4])


@dataclass
class Pupil:
    """A pupil as they are; `numo` is the id that Numo gave them, for ever."""

    key: str
    number: int
    given: str
    family: str
    email: str
    of_class: str
    here: bool = True
    numo: UUID | None = None


@dataclass
class School:
    """A school, and what its events do to it."""

    pupils: list[Pupil] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=lambda: {f"g-{n}": n for n in _CLASSES})
    opened: int = len(_CLASSES)
    year: int = _FIRST
    touched: set[int] = field(default_factory=set)
    apart: bool = False
    twice: bool = False

    def present(self) -> list[Pupil]:
        return [pupil for pupil in self.pupils if pupil.here]

    def join(self, one: int, other: int, children: int = 1) -> None:
        # Whoever is called as somebody who left in the same import is rightly a question.
        family = f"Jansen{len(self.pupils)}"
        for _ in range(children):
            at, group = len(self.pupils), list(self.classes)[other % len(self.classes)]
            given, email = _NAMES[one % len(_NAMES)], f"{family}@gezin.example"
            self.pupils.append(Pupil(str(new_id()), 100 + at, given, family, email, group))

    def twins(self, one: int, other: int) -> None:
        self.join(one, other, children=2)

    def leave(self, one: int, _: int) -> None:
        # A number that a leaver hands on in the same import is rightly a question.
        here = [pupil for pupil in self.present() if id(pupil) not in self.touched]
        if len(here) > 1:
            here[one % len(here)].here = False

    def come_back(self, one: int, _: int) -> None:
        away = [pupil for pupil in self.pupils if not pupil.here and pupil.numo]
        if away:
            pupil = away[one % len(away)]
            pupil.here = True
            if pupil.of_class not in self.classes:
                pupil.of_class = next(iter(self.classes))

    def move(self, one: int, other: int) -> None:
        if here := self.present():
            here[one % len(here)].of_class = list(self.classes)[other % len(self.classes)]

    def merge(self, one: int, other: int) -> None:
        source, target = (list(self.classes)[at % len(self.classes)] for at in (one, other))
        for pupil in self.present():
            if pupil.of_class == source:
                pupil.of_class = target
        if source != target:
            del self.classes[source]

    def split(self, one: int, _: int) -> None:
        source = list(self.classes)[one % len(self.classes)]
        half = self._open(f"new{self.opened}")
        for pupil in [pupil for pupil in self.present() if pupil.of_class == source][::2]:
            pupil.of_class = half

    def turn_year(self, _one: int, _other: int) -> None:
        self.year += 1
        old, self.classes = self.classes, {}
        became = {key: self._open(name) for key, name in old.items()}
        for pupil in self.present():
            pupil.of_class = became[pupil.of_class]

    def _open(self, name: str) -> str:
        key = f"g-{self.opened}"
        self.opened += 1
        self.classes[key] = name
        return key

    def write_apart(self, _one: int, _other: int) -> None:
        self.apart = not self.apart

    def repeat(self, _one: int, _other: int) -> None:
        self.twice = True

    # What follows changes by what one is known: only where Numo knows the key.
    def rename(self, one: int, other: int) -> None:
        for pupil in self._own(one):
            pupil.family = f"Kok{other % 4}"

    def change_case(self, one: int, _: int) -> None:
        for pupil in self._own(one):
            pupil.family = pupil.family.swapcase()

    def renumber(self, one: int, other: int) -> None:
        for pupil in self._own(one):
            pupil.number = (
                1000 + 100 * len(self.pupils) + other + max(p.number for p in self.pupils)
            )

    def make_again(self, one: int, _: int) -> None:
        for pupil in self._own(one):
            pupil.key = str(new_id())

    def rename_class(self, one: int, other: int) -> None:
        key = list(self.classes)[one % len(self.classes)]
        self.classes[key] = f"{key}-{other}"

    def swap(self, one: int, other: int) -> None:
        pair = [*self._own(one), *self._own(other)]
        if len(pair) == 2:
            pair[0].number, pair[1].number = pair[1].number, pair[0].number

    def _own(self, at: int) -> list[Pupil]:
        known = [p for p in self.present() if p.numo and id(p) not in self.touched]
        found = known[at % len(known) :][:1] if known else []
        self.touched |= {id(pupil) for pupil in found}
        return found

    def document(self, source: str) -> Document:
        """What the school's source says of it."""
        is_list = source == "csv"
        complete = ("pupil", "stamgroep") if is_list else ("pupil", "employee", "stamgroep")
        year = f"{self.year}-{self.year + 1}"
        header = Header(source=source, schooljaar=year, fetched_at=MOMENT, complete_for=complete)
        groups = [
            GroupRecord(
                key=None if is_list else key,
                ref=key,
                group_kind=GroupKind.STAMGROEP,
                fields={"name": name},
            )
            for key, name in self.classes.items()
        ]
        people = [self._record(pupil, is_list=is_list) for pupil in self.present()]
        if self.twice:
            people += [one.model_copy(update={"ref": f"{one.ref} again"}) for one in people[:2]]
        members = [
            MembershipRecord(person=p.key, group=p.of_class, role=MemberRole.PUPIL)
            for p in self.present()
        ]
        return cleaned(Document(header, people, groups, members))

    def _record(self, pupil: Pupil, *, is_list: bool) -> PersonRecord:
        given = unicodedata.normalize("NFD" if self.apart else "NFC", pupil.given)
        fields: dict[str, str | None] = {
            "pupil_number": f"{'00' if is_list else ''}{pupil.number}",
            "given_name": f"{given}\u00a0" if self.apart else given,
            "family_name": pupil.family,
            "email": pupil.email,
        }
        key = None if is_list else pupil.key
        return PersonRecord(key=key, ref=pupil.key, role=PersonRole.PUPIL, fields=fields)


_ANY = (
    *("join", "twins", "leave", "come_back", "move", "merge", "split", "turn_year"),
    *("write_apart", "repeat"),
)
_WHO = ("rename", "change_case", "renumber", "make_again", "swap", "rename_class")


@dataclass(frozen=True)
class Step:
    """What happens until the next import, of which source it is, and what of it is chosen.

    One that is `undone` is taken back after all was proven of it.
    """

    source: Literal["somtoday", "csv"]
    chosen: frozenset[str]
    events: list[tuple[str, int, int]]
    undone: bool = False


_EVENTS = st.tuples(st.sampled_from(_ANY + _WHO), st.integers(0, 20), st.integers(0, 20))
_CHOSEN = st.just(ALL) | st.sets(st.sampled_from(sorted(ALL))).map(frozenset)
STEPS = st.builds(
    Step,
    st.sampled_from(["somtoday", "somtoday", "csv"]),
    _CHOSEN,
    st.lists(_EVENTS, max_size=5),
    st.sampled_from([False, False, True]),
)


@dataclass(frozen=True)
class Plan:
    """The changes of one import, and which of the three kinds were chosen."""

    changes: list[Change]
    chosen: frozenset[str]


def live(year: list[Step]) -> Generator[Plan | None, Roster, None]:
    """Let a school live, and compare what each import makes of Numo with what the school is.

    Yields the plan of each import and of each undo, to be sent Numo's roster after it; and None at
    the end.
    """
    school = School()
    school.twins(0, 0)
    known_by_key = False
    roster = Roster.of(0, [], [], [])
    for step in [*year, Step("somtoday", ALL, [])]:
        # What Numo was told of by key and did not take in, a list without keys cannot know.
        tells_all = step.source == "somtoday" and step.chosen == ALL and not step.undone
        school.touched.clear()
        school.twice = False
        for event, one, other in step.events:
            if event in _ANY or (known_by_key and tells_all):
                getattr(school, event)(one, other)
        document = school.document(step.source)
        plan, before = Plan(diff(roster, document), step.chosen), roster
        assert [change for change in plan.changes if change.action is Action.CONFLICT] == []
        roster = yield plan
        known_by_key = tells_all
        _assert_nobody_is_double(roster, school)
        if step.chosen == ALL:
            _assert_equals(roster, school)
            assert diff(roster, document) == []
            if step.source == "somtoday":
                groups = [one.source_key for one in roster.groups.values() if one.active]
                assert sorted(map(str, groups)) == sorted(school.classes)
        if step.undone:
            applied = [one for one in plan.changes if one.choice in plan.chosen]
            roster = yield Plan(taken_back(applied, before, roster), ALL)
            assert_taken_back(roster, before)
    yield None


def _assert_nobody_is_double(roster: Roster, school: School) -> None:
    assert len(roster.people) <= len(school.pupils)
    numbers = [p.fields["pupil_number"] for p in roster.people.values() if p.active]
    assert len({bare_number(number or "") for number in numbers}) == len(numbers)


def _assert_equals(roster: Roster, school: School) -> None:
    active = {
        bare_number(person.fields["pupil_number"] or ""): person
        for person in roster.people.values()
        if person.active
    }
    assert len(active) == sum(person.active for person in roster.people.values())
    assert set(active) == {bare_number(str(pupil.number)) for pupil in school.present()}
    for pupil in school.present():
        person = active[bare_number(str(pupil.number))]
        assert pupil.numo in {None, person.id}, "the same person for ever"
        pupil.numo = person.id
        assert same("given_name", person.fields["given_name"], pupil.given)
        assert same("family_name", person.fields["family_name"], pupil.family)
        names = [
            roster.groups[one.group_id].fields["name"]
            for one in roster.memberships.values()
            if one.active and one.person_id == person.id
        ]
        assert names == [school.classes[pupil.of_class]]
    for pupil in school.pupils:
        if pupil.numo and not pupil.here:
            assert not roster.people[pupil.numo].active
            assert any(m.person_id == pupil.numo for m in roster.memberships.values())

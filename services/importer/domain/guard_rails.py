"""Which plans are held until somebody confirms them: decided before the first write.

Thresholds hold per scope (school, vestiging, klas, role), for archives and for updates of each
field. Groups are counted per kind; of memberships those that end of who and what stays, per role,
and who would be left without any of a kind. A value that was empty before is filled, not changed: a
dataveld that a school newly permits holds nothing. What a source lacks as a whole is told by the
domain's nobody_left.

A choice may make more of a plan than it is as a whole: by overwriting what is kept, or by leaving
out the places that are gained. So what it can be at worst is counted too: no choice wakes a brake
that is not among these.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

from services.importer.domain.brake import About, Brake, BrakeCode, Place, Scope
from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.left_without import LostPlaces, lost_places
from services.importer.domain.nobody_left import nobody_known, vanished
from services.importer.domain.places import Klas, Places, places_of_person
from services.importer.domain.roster import Roster
from services.importer.domain.threshold import Threshold
from shared.roster.document import GroupKind, MemberRole

DEFAULT = Threshold(percent=20, at_least=10)
# When a schooljaar turns everybody moves up, and the groups of the old one end: expected from
# 1 August to 30 September.
_TURNING_MONTHS = frozenset({8, 9})
# What so many of a hundred have in common is what happened, whatever the others did.
_MOST = 80
_GROUP_KINDS = frozenset(GroupKind)
_ALIKE = (
    BrakeCode.EMAIL_DOMAIN_CHANGED,
    BrakeCode.NAME_CASE_CHANGED,
    BrakeCode.FIELD_EMPTIED,
    BrakeCode.SCHOOL_YEAR_TURNED,
)
_NAMES = frozenset({"given_name", "prefix", "family_name"})
# As a person asks: how many of the school, then where.
_WIDE_FIRST = (Scope.SCHOOL, Scope.ROLE, Scope.VESTIGING, Scope.KLAS)
_Key = tuple[Place, About, str | None]
# What a school has thresholds for; who is new is held by no habit of a school.
Limited = Literal[About.ARCHIVE, About.UPDATE]
LIMITED: tuple[Limited, ...] = (About.ARCHIVE, About.UPDATE)
NO_SOURCE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class GuardRails:
    """A school's thresholds; what it did not set is the default."""

    own: Mapping[tuple[Scope, About], Threshold] = field(default_factory=dict)

    def threshold(self, scope: Scope, about: About) -> Threshold:
        """The threshold that holds for a scope."""
        return self.own.get((scope, about), DEFAULT)


def all_brakes(
    roster: Roster,
    changes: Collection[Change],
    places: Places,
    rails: GuardRails,
    day: date,
    *,
    said: Mapping[str, int] = NO_SOURCE,
) -> list[Brake]:
    """Every brake of a plan whose changes know their places, and those that a choice may wake.

    The latter are dormant; `day` is that in the Netherlands; `said` as `rows_said` tells of the
    source, if the plan has one.
    """
    rule = _Rule(roster, places, rails, said, is_turning=day.month in _TURNING_MONTHS)
    now, at_worst = lost_places(roster, changes)
    rows = everything = rule.count(changes)
    if any(change.kept for change in changes):
        everything = rule.count([change._replace(kept=()) for change in changes])
    found = rule.brakes(rows, now)
    known = {brake.counts for brake in found}
    more = rule.brakes(everything, at_worst)
    return [*found, *(replace(brake, dormant=True) for brake in more if brake.counts not in known)]


@dataclass(frozen=True)
class _Rows:
    """How many rows of people and groups change, and of how many of these in one way.

    `lacking` are the brakes on what the source lacks as a whole.
    """

    numbers: Counter[_Key] = field(default_factory=Counter)
    alike: Counter[tuple[_Key, BrakeCode]] = field(default_factory=Counter)
    lacking: Sequence[Brake] = ()


class _Rule:
    def __init__(
        self,
        roster: Roster,
        places: Places,
        rails: GuardRails,
        said: Mapping[str, int],
        *,
        is_turning: bool,
    ) -> None:
        self._roster, self._places, self._rails = roster, places, rails
        self._said, self._is_turning = said, is_turning
        self._totals = _totals(roster, places)

    def brakes(self, rows: _Rows, lost: LostPlaces) -> list[Brake]:
        found = [*self._over(rows), *rows.lacking]
        if not self._is_turning:
            found += [*self._without(lost), *self._ended(lost)]
        return sorted(found, key=lambda brake: (_WIDE_FIRST.index(brake.scope), brake.key))

    def count(self, changes: Collection[Change]) -> _Rows:
        roster, is_turning = self._roster, self._is_turning
        known = nobody_known(roster, changes, self._said, is_turning=is_turning)
        rows = _Rows(lacking=[*vanished(roster, changes), *known])
        for change in changes:
            if change.kind is ChangeKind.MEMBERSHIP:
                continue
            if change.action is Action.ARCHIVE:
                rows.numbers.update((place, About.ARCHIVE, None) for place in _places_of(change))
            elif change.action is Action.UPDATE:
                self._count_update(change, rows)
        return rows

    def _count_update(self, change: Change, rows: _Rows) -> None:
        places = tuple(_places_of(change))
        for name in change.replaced:
            kind = _kind_of(name, change.before[name], change.after[name])
            if self._is_turning and kind is BrakeCode.SCHOOL_YEAR_TURNED:
                continue
            for place in places:
                key = (place, About.UPDATE, name)
                rows.numbers[key] += 1
                if kind is not None:
                    rows.alike[key, kind] += 1

    def _over(self, rows: _Rows) -> Iterator[Brake]:
        for key, affected in rows.numbers.items():
            place, about, name = key
            if self._is_turning and place.scope is Scope.ROLE and place.value in _GROUP_KINDS:
                continue
            found = self._reached(_code_of(rows, key), about, place, affected, name)
            rises = self._is_turning and name == "leerjaar"
            if found is not None:
                yield replace(found, but_rises=rises)

    def _without(self, lost: LostPlaces) -> Iterator[Brake]:
        counts: Counter[tuple[Place, str]] = Counter()
        for person_id, kind in lost.without:
            person, klas = self._roster.people[person_id], self._places.klas(person_id)
            site = self._places.vestiging(person_id)
            everywhere = places_of_person(person.role, klas, site)
            counts.update((place, kind.value) for place in everywhere)
        for (place, of), affected in counts.items():
            code = BrakeCode.MANY_WITHOUT_GROUP
            found = self._reached(code, About.UPDATE, place, affected, of)
            if found is not None:
                yield found

    def _reached(
        self, code: BrakeCode, about: About, place: Place, affected: int, of: str | None
    ) -> Brake | None:
        """The brake, where so many reach the threshold."""
        total, threshold = self._totals[place], self._rails.threshold(place.scope, about)
        if not threshold.is_reached(affected, total):
            return None
        what = (code, about, place.scope, affected, total, threshold, place.value, of)
        return Brake(*what, vestiging=place.vestiging)

    def _ended(self, lost: LostPlaces) -> Iterator[Brake]:
        """A source that empties its groups, whatever else is in them."""
        if not lost.ended:
            return
        threshold = self._rails.threshold(Scope.ROLE, About.UPDATE)
        running = Counter(one.role for one in self._roster.memberships.values() if one.active)
        for role, affected in lost.ended.items():
            if threshold.is_reached(affected, running[MemberRole(role)]):
                code, total = BrakeCode.MANY_MEMBERSHIPS_ENDED, running[MemberRole(role)]
                yield Brake(code, About.UPDATE, Scope.ROLE, affected, total, threshold, role)


def _code_of(rows: _Rows, key: _Key) -> BrakeCode:
    usual = BrakeCode.MANY_ARCHIVED if About.ARCHIVE in key else BrakeCode.MANY_UPDATED
    most = _MOST * rows.numbers[key]
    return next((kind for kind in _ALIKE if rows.alike[key, kind] * 100 >= most), usual)


def _totals(roster: Roster, places: Places) -> Counter[Place]:
    totals: Counter[Place] = Counter()
    for person in roster.people.values():
        if person.active:
            klas, site = places.klas(person.id), person.fields.get("vestiging_code")
            totals.update(places_of_person(person.role, klas, site))
    groups = (group for group in roster.groups.values() if group.active)
    totals.update(Place(Scope.ROLE, str(group.kind)) for group in groups)
    return totals


def _places_of(change: Change) -> Iterator[Place]:
    if change.kind is ChangeKind.GROUP:
        yield Place(Scope.ROLE, str(change.role))
    else:
        klas = None if change.klas is None else Klas(change.klas, change.klas_vestiging)
        yield from places_of_person(change.role, klas, change.vestiging_code)


def _kind_of(name: str, before: str | None, after: str | None) -> BrakeCode | None:
    if before is None or after is None:
        return None if before is None else BrakeCode.FIELD_EMPTIED
    if name == "email" and _domain(before) != _domain(after):
        return BrakeCode.EMAIL_DOMAIN_CHANGED
    if name in _NAMES and before.casefold() == after.casefold():
        return BrakeCode.NAME_CASE_CHANGED
    if name == "leerjaar" and _moves_up(before, after):
        return BrakeCode.SCHOOL_YEAR_TURNED
    return None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold()


def _moves_up(before: str, after: str) -> bool:
    both = all(one.isascii() and one.isdecimal() for one in (before, after))
    return both and int(after) == int(before) + 1

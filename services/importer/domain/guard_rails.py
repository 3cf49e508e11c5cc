"""Which plans are held until somebody confirms them: decided before the first write.

Thresholds hold per scope (school, vestiging, klas, role), for archives and for updates of each
field. Groups are counted per kind; of memberships those that end of who and what stays, per role,
and who would be left without any of a kind. A value that was empty before is filled, not changed: a
dataveld that a school newly permits holds nothing.

A choice may make more of a plan than it is as a whole: by overwriting what is kept, or by leaving
out the places that are gained. So what it can be at worst is counted too: no choice wakes a brake
that is not among these.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from services.importer.domain.brake import About, Brake, BrakeCode, Scope, Threshold
from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.left_without import LostPlaces, lost_places
from services.importer.domain.places import Places
from services.importer.domain.roster import Roster
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
    BrakeCode.SCHOOL_YEAR_TURNED,
)
_NAMES = frozenset({"given_name", "prefix", "family_name"})
# As a person asks: how many of the school, then where.
_WIDE_FIRST = (Scope.SCHOOL, Scope.ROLE, Scope.VESTIGING, Scope.KLAS)
_Place = tuple[Scope, str | None]
_Key = tuple[Scope, str | None, About, str | None]


@dataclass(frozen=True)
class GuardRails:
    """A school's thresholds; what it did not set is the default."""

    own: Mapping[tuple[Scope, About], Threshold] = field(default_factory=dict)

    def threshold(self, scope: Scope, about: About) -> Threshold:
        """The threshold that holds for a scope."""
        return self.own.get((scope, about), DEFAULT)


def all_brakes(
    roster: Roster, changes: Collection[Change], places: Places, rails: GuardRails, day: date
) -> list[Brake]:
    """Every brake of a plan whose changes know their places, and those that a choice may wake.

    The latter are dormant; `day` is that in the Netherlands.
    """
    rule = _Rule(roster, places, rails, is_turning=day.month in _TURNING_MONTHS)
    now, at_worst = lost_places(roster, changes)
    rows = everything = rule.count(changes)
    if any(change.kept for change in changes):
        everything = rule.count([change._replace(kept=()) for change in changes])
    arriving = _arriving(changes)
    found = rule.brakes(rows, now, arriving)
    known = {brake.counts for brake in found}
    more = rule.brakes(everything, at_worst, arriving)
    return [*found, *(replace(brake, dormant=True) for brake in more if brake.counts not in known)]


@dataclass(frozen=True)
class _Rows:
    """How many rows of people and groups change, and of how many of these in one way."""

    numbers: Counter[_Key] = field(default_factory=Counter)
    alike: Counter[tuple[_Key, BrakeCode]] = field(default_factory=Counter)


class _Rule:
    def __init__(
        self, roster: Roster, places: Places, rails: GuardRails, *, is_turning: bool
    ) -> None:
        self._roster, self._places, self._rails = roster, places, rails
        self._is_turning = is_turning
        self._totals = _totals(roster, places)

    def brakes(
        self, rows: _Rows, lost: LostPlaces, arriving: Collection[str | None]
    ) -> list[Brake]:
        found = [*self._over(rows), *self._vanished(rows, arriving)]
        if not self._is_turning:
            found += [*self._without(lost), *self._ended(lost)]
        return sorted(found, key=lambda brake: (_WIDE_FIRST.index(brake.scope), brake.key))

    def count(self, changes: Collection[Change]) -> _Rows:
        rows = _Rows()
        for change in changes:
            if change.kind is ChangeKind.MEMBERSHIP:
                continue
            if change.action is Action.ARCHIVE:
                rows.numbers.update((*place, About.ARCHIVE, None) for place in _places_of(change))
            elif change.action is Action.UPDATE:
                self._count_update(change, rows)
        return rows

    def _count_update(self, change: Change, rows: _Rows) -> None:
        places = tuple(_places_of(change))
        for name in counted_fields(change):
            kind = _kind_of(name, change.before[name], change.after[name])
            if self._is_turning and kind is BrakeCode.SCHOOL_YEAR_TURNED:
                continue
            for scope, value in places:
                key = (scope, value, About.UPDATE, name)
                rows.numbers[key] += 1
                if kind is not None:
                    rows.alike[key, kind] += 1

    def _over(self, rows: _Rows) -> Iterator[Brake]:
        for key, affected in rows.numbers.items():
            scope, value, about, name = key
            if self._is_turning and scope is Scope.ROLE and value in _GROUP_KINDS:
                continue
            total, threshold = self._totals[scope, value], self._rails.threshold(scope, about)
            if threshold.is_reached(affected, total):
                code, rises = _code_of(rows, key), self._is_turning and name == "leerjaar"
                found = Brake(code, about, scope, affected, total, threshold, value, name)
                yield replace(found, but_rises=rises)

    def _vanished(self, rows: _Rows, arriving: Collection[str | None]) -> Iterator[Brake]:
        """Vestigingen that the source has nobody at: some, however few, gone, any others moved."""
        for (scope, value), total in self._totals.items():
            gone = rows.numbers[scope, value, About.ARCHIVE, None]
            left = gone + rows.numbers[scope, value, About.UPDATE, "vestiging_code"]
            if scope is Scope.VESTIGING and gone and left == total and value not in arriving:
                code, threshold = BrakeCode.VESTIGING_VANISHED, Threshold(100, at_least=gone)
                yield Brake(code, About.ARCHIVE, scope, gone, total, threshold, value)

    def _without(self, lost: LostPlaces) -> Iterator[Brake]:
        counts: Counter[tuple[Scope, str | None, str]] = Counter()
        for person_id, kind in lost.without:
            person, klas = self._roster.people[person_id], self._places.klas(person_id)
            site = self._places.vestiging(person_id)
            counts.update((*place, kind.value) for place in _scopes(person.role, klas, site))
        for (scope, value, of), affected in counts.items():
            total = self._totals[scope, value]
            threshold = self._rails.threshold(scope, About.UPDATE)
            if threshold.is_reached(affected, total):
                code = BrakeCode.MANY_WITHOUT_GROUP
                yield Brake(code, About.UPDATE, scope, affected, total, threshold, value, of)

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


def _totals(roster: Roster, places: Places) -> Counter[_Place]:
    totals: Counter[_Place] = Counter()
    for person in roster.people.values():
        if person.active:
            klas, site = places.klas(person.id), person.fields.get("vestiging_code")
            totals.update(_scopes(person.role, klas, site))
    totals.update((Scope.ROLE, str(group.kind)) for group in roster.groups.values() if group.active)
    return totals


def _scopes(role: str, klas: str | None, site: str | None) -> Iterator[_Place]:
    yield Scope.SCHOOL, None
    yield Scope.ROLE, str(role)
    if site is not None:
        yield Scope.VESTIGING, site
    if klas is not None:
        yield Scope.KLAS, klas


def _places_of(change: Change) -> Iterator[_Place]:
    if change.kind is ChangeKind.GROUP:
        yield Scope.ROLE, str(change.role)
    else:
        yield from _scopes(change.role, change.klas, change.vestiging_code)


def _arriving(changes: Collection[Change]) -> set[str | None]:
    """The vestigingen that the source has somebody come to, whatever becomes of them."""
    return {
        change.after.get("vestiging_code")
        for change in changes
        if change.kind is ChangeKind.PERSON and change.action is not Action.ARCHIVE
    }


def counted_fields(change: Change) -> list[str]:
    """The fields whose value an update replaces or empties, but for what stays as it is."""
    return [
        name
        for name in change.after
        if change.before.get(name) is not None and name not in change.kept
    ]


def _kind_of(name: str, before: str | None, after: str | None) -> BrakeCode | None:
    if before is None or after is None:
        return None
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

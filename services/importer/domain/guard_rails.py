"""Which plans are held until somebody confirms them: decided before the first write.

Thresholds hold per scope (school, vestiging, klas, role), for archives and for updates of each
field. Groups are counted per kind; of memberships those that end of who and what stays, per role,
and who would be left without any of a kind. A value that was empty before is filled, not changed: a
dataveld that a school newly permits holds nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from services.importer.domain.brake import About, Brake, BrakeCode, Scope, Threshold
from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.left_without import left_without
from services.importer.domain.places import Places
from services.importer.domain.roster import Roster
from shared.roster.document import GroupKind

DEFAULT = Threshold(percent=20, at_least=10)
# When a schooljaar turns everybody moves up, and the groups of the old one end: expected from
# 1 August to 30 September.
_TURNING_MONTHS = frozenset({8, 9})
_TURNING = frozenset({BrakeCode.SCHOOL_YEAR_TURNED, BrakeCode.MANY_WITHOUT_GROUP})
# What so many of a hundred have in common is what happened, whatever the others did.
_MOST = 80
_GROUP_KINDS = frozenset(GroupKind)
_NAMES = frozenset({"given_name", "prefix", "family_name"})
# As a person asks: how many of the school, then where.
_WIDE_FIRST = (Scope.SCHOOL, Scope.ROLE, Scope.VESTIGING, Scope.KLAS)
_Place = tuple[Scope, str | None]
_Count = tuple[Scope, str | None, About, str | None]


@dataclass(frozen=True)
class GuardRails:
    """A school's thresholds; what it did not set is the default."""

    own: Mapping[tuple[Scope, About], Threshold] = field(default_factory=dict)

    def threshold(self, scope: Scope, about: About) -> Threshold:
        """The threshold that holds for a scope."""
        return self.own.get((scope, about), DEFAULT)


def brakes(
    roster: Roster, changes: Collection[Change], places: Places, rails: GuardRails, day: date
) -> list[Brake]:
    """Every brake of a plan whose changes know their places; `day` is that in the Netherlands."""
    totals = _totals(roster, places)
    counts: Counter[_Count] = Counter()
    alike: Counter[tuple[_Count, BrakeCode]] = Counter()
    arriving: set[str | None] = set()
    for change in changes:
        _count(change, counts, alike)
        if change.kind is ChangeKind.PERSON and change.action is not Action.ARCHIVE:
            arriving.add(change.after.get("vestiging_code"))
    for person_id, kind in left_without(roster, changes):
        klas, site = places.klas(person_id), places.vestiging(person_id)
        for scope, value in _scopes(roster.people[person_id].role, klas, site):
            key = (scope, value, About.UPDATE, kind.value)
            counts[key] += 1
            alike[key, BrakeCode.MANY_WITHOUT_GROUP] += 1
    found = [*_over(counts, alike, totals, rails, day), *_vanished(counts, totals, arriving)]
    found += _emptied(roster, changes, rails, day)
    return sorted(found, key=lambda brake: (_WIDE_FIRST.index(brake.scope), brake.key))


def all_brakes(
    roster: Roster, changes: Collection[Change], places: Places, rails: GuardRails, day: date
) -> list[Brake]:
    """The brakes of a plan, and those that it would have, were nothing kept that is by hand."""
    found = brakes(roster, changes, places, rails, day)
    if not any(change.kept for change in changes):
        return found
    open_ones = [change._replace(kept=()) for change in changes]
    more = brakes(roster, open_ones, places, rails, day)
    known = {brake.key for brake in found}
    return [*found, *(replace(brake, dormant=True) for brake in more if brake.key not in known)]


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


def _count(
    change: Change, counts: Counter[_Count], alike: Counter[tuple[_Count, BrakeCode]]
) -> None:
    if change.kind is ChangeKind.MEMBERSHIP or change.action not in {Action.ARCHIVE, Action.UPDATE}:
        return
    is_group = change.kind is ChangeKind.GROUP
    scopes: Iterable[_Place] = [(Scope.ROLE, str(change.role))]
    if not is_group:
        scopes = [*_scopes(change.role, change.klas, change.vestiging_code)]
    for scope, value in scopes:
        if change.action is Action.ARCHIVE:
            counts[scope, value, About.ARCHIVE, None] += 1
            continue
        for name in counted_fields(change):
            key = (scope, value, About.UPDATE, name)
            counts[key] += 1
            kind = _kind_of(name, change.before[name], change.after[name])
            if kind is not None:
                alike[key, kind] += 1


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
    both = before.isdecimal() and after.isdecimal()
    return both and int(after) == int(before) + 1


def _over(
    counts: Counter[_Count],
    alike: Counter[tuple[_Count, BrakeCode]],
    totals: Counter[_Place],
    rails: GuardRails,
    day: date,
) -> Iterator[Brake]:
    kinds = (
        BrakeCode.EMAIL_DOMAIN_CHANGED,
        BrakeCode.NAME_CASE_CHANGED,
        BrakeCode.SCHOOL_YEAR_TURNED,
        BrakeCode.MANY_WITHOUT_GROUP,
    )
    for key, affected in counts.items():
        scope, value, about, name = key
        total, threshold = totals[scope, value], rails.threshold(scope, about)
        if not threshold.is_reached(affected, total):
            continue
        code = BrakeCode.MANY_ARCHIVED if about is About.ARCHIVE else BrakeCode.MANY_UPDATED
        code = next((k for k in kinds if alike[key, k] * 100 >= _MOST * affected), code)
        turning = code in _TURNING or value in _GROUP_KINDS
        if turning and day.month in _TURNING_MONTHS:
            continue
        yield Brake(code, about, scope, affected, total, threshold, value, name)


def _vanished(
    counts: Counter[_Count], totals: Counter[_Place], arriving: set[str | None]
) -> Iterator[Brake]:
    """Vestigingen that nobody would be at: some, however few, archived, and any others moved."""
    for (scope, value), total in totals.items():
        gone = counts[scope, value, About.ARCHIVE, None]
        left = gone + counts[scope, value, About.UPDATE, "vestiging_code"]
        if scope is Scope.VESTIGING and gone and left == total and value not in arriving:
            code, threshold = BrakeCode.VESTIGING_VANISHED, Threshold(percent=100, at_least=gone)
            yield Brake(code, About.ARCHIVE, scope, gone, total, threshold, value)


def _emptied(
    roster: Roster, changes: Iterable[Change], rails: GuardRails, day: date
) -> Iterator[Brake]:
    """Memberships that end though person and group both stay: a source that empties its groups.

    Who goes from one group to another has as many as before, and is none of them.
    """
    threshold = rails.threshold(Scope.ROLE, About.UPDATE)
    if day.month in _TURNING_MONTHS:
        return
    ended: Counter[str] = Counter()
    fewer: Counter[tuple[str, object]] = Counter()
    for change in changes:
        if change.kind is ChangeKind.MEMBERSHIP:
            ends = change.action is Action.ARCHIVE
            ended[change.role] += ends
            fewer[change.role, change.person_id] += 1 if ends else -1
    for role, affected in ended.items():
        lost = sum(number for (of, _), number in fewer.items() if of == role and number > 0)
        running = (found for found in roster.memberships.values() if found.active)
        total = sum(found.role == role for found in running)
        if threshold.is_reached(lost, total):
            code = BrakeCode.MANY_MEMBERSHIPS_ENDED
            yield Brake(code, About.UPDATE, Scope.ROLE, affected, total, threshold, role)

"""Find records of one document that claim to be the same person or group."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from services.importer.domain.keys import NUMBER, keys_of
from services.importer.domain.roster import Fields
from shared.roster.document import GroupRecord, MembershipRecord, PersonRecord, PersonRole

R = TypeVar("R", PersonRecord, GroupRecord)


@dataclass
class Unique(Generic[R]):
    """The records of a document without repeats.

    `same_as` leads from the ref of a dropped repeat to the record that was kept; `disputed` holds
    groups of records that share a key but do not agree.
    """

    records: list[R] = field(default_factory=list)
    same_as: dict[str, str] = field(default_factory=dict)
    disputed: list[list[R]] = field(default_factory=list)


@dataclass(slots=True)
class _Told(Generic[R]):
    """A record: what it is known by, what it says; of repeats that of the lowest rank is kept."""

    record: R
    keys: list[Hashable]
    says: object
    rank: int = 0


def unique_people(records: Iterable[PersonRecord]) -> Unique[PersonRecord]:
    """People without repeats; a shared key, ECK iD, RealId or number makes a dispute."""
    told = [_Told(one, _person_keys(one), (one.key, one.role, one.fields)) for one in records]
    return _unique(told)


def unique_groups(
    records: Iterable[GroupRecord],
    memberships: Iterable[MembershipRecord],
    named_as: Callable[[GroupRecord], str | None],
) -> Unique[GroupRecord]:
    """Groups without repeats; a shared key, or a shared name where there is no key, disputes.

    A group whose name a list writes in several ways is called as most memberships have it.
    """
    sizes = Counter(one.group for one in memberships)
    told = []
    for one in records:
        fields = one.fields if one.key is not None else {**one.fields, "name": named_as(one)}
        says = (one.key, one.group_kind, fields)
        told.append(_Told(one, _group_keys(one, fields), says, -sizes[one.ref]))
    return _unique(told)


def _person_keys(record: PersonRecord) -> list[Hashable]:
    found: list[Hashable] = [("ref", record.ref)]
    for key in keys_of(record.role, record.key, record.fields):
        # Where the source has a key of its own, a docentcode may be several people's.
        is_code = key[:2] == (NUMBER, PersonRole.EMPLOYEE)
        if not (is_code and record.key is not None):
            found.append(key)
    return found


def _group_keys(record: GroupRecord, fields: Fields) -> list[Hashable]:
    if record.key is not None:
        return [("ref", record.ref), ("key", record.key)]
    named = ("name", record.group_kind, fields.get("name"), fields.get("vestiging_code"))
    return [("ref", record.ref), named]


def _unique(told: list[_Told[R]]) -> Unique[R]:
    families = _Families(len(told))
    holder: dict[Hashable, int] = {}
    for at, one in enumerate(told):
        for key in one.keys:
            families.join(at, holder.setdefault(key, at))
    found: Unique[R] = Unique()
    for members in families.all():
        # Never by the order of the document: that does not decide which of its repeats is kept.
        family = sorted((told[at] for at in members), key=lambda one: (one.rank, one.record.ref))
        first, *others = (one.record for one in family)
        if any(one.says != family[0].says for one in family):
            found.disputed.append([first, *others])
        else:
            found.records.append(first)
            found.same_as.update({record.ref: first.ref for record in others})
    return found


class _Families:
    """Disjoint sets: which records hang together by any of their keys."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def _root(self, at: int) -> int:
        while self._parent[at] != at:
            self._parent[at] = self._parent[self._parent[at]]
            at = self._parent[at]
        return at

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._parent[second] = first

    def all(self) -> Iterable[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for at in range(len(self._parent)):
            found[self._root(at)].append(at)
        return found.values()

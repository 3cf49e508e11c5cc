"""Find records of one document that claim to be the same person or group."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from services.importer.domain.keys import NUMBER, keys_of
from shared.roster.document import GroupRecord, PersonRecord, PersonRole

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


def unique_people(records: Iterable[PersonRecord]) -> Unique[PersonRecord]:
    """People without repeats; a shared key, ECK iD, RealId or number makes a dispute."""
    return _unique(list(records), _person_keys)


def unique_groups(records: Iterable[GroupRecord]) -> Unique[GroupRecord]:
    """Groups without repeats; a shared key, or a shared name where there is no key, disputes."""
    return _unique(list(records), _group_keys)


def _person_keys(record: PersonRecord) -> list[Hashable]:
    found: list[Hashable] = [("ref", record.ref)]
    for key in keys_of(record.role, record.key, record.fields):
        # Where the source has a key of its own, a docentcode may be several people's.
        is_code = key[:2] == (NUMBER, PersonRole.EMPLOYEE)
        if not (is_code and record.key is not None):
            found.append(key)
    return found


def _group_keys(record: GroupRecord) -> list[Hashable]:
    if record.key is not None:
        return [("ref", record.ref), ("key", record.key)]
    fields = record.fields
    named = ("name", record.group_kind, fields.get("name"), fields.get("vestiging_code"))
    return [("ref", record.ref), named]


def _unique(records: list[R], named: Callable[[R], list[Hashable]]) -> Unique[R]:
    families = _Families(len(records))
    holder: dict[Hashable, int] = {}
    for at, record in enumerate(records):
        for key in named(record):
            families.join(at, holder.setdefault(key, at))
    found: Unique[R] = Unique()
    for members in families.all():
        # By ref, so that the order of a document never decides which of its repeats is kept.
        family = sorted((records[at] for at in members), key=lambda record: record.ref)
        if any(_content(record) != _content(family[0]) for record in family[1:]):
            found.disputed.append(family)
        else:
            found.records.append(family[0])
            found.same_as.update({record.ref: family[0].ref for record in family[1:]})
    return found


def _content(record: PersonRecord | GroupRecord) -> object:
    sort = record.role if isinstance(record, PersonRecord) else record.group_kind
    return record.key, sort, record.fields


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

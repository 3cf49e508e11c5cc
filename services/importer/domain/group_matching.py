"""Which group in Numo a record of the source is: by key, else by kind, schooljaar and name."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from uuid import UUID

from services.importer.domain.change import Reason
from services.importer.domain.decisions import (
    Decided,
    Decisions,
    apply_decisions,
    group_identity,
)
from services.importer.domain.normalise import bare_group
from services.importer.domain.roster import Group
from shared.roster.document import GroupKind, GroupRecord

_Name = tuple[GroupKind, str, str | None]
_Claim = tuple[GroupRecord, Group]
# (active, of the very name, at the very vestiging that the record names), best first: a list has
# H4A where Somtoday has h4a.
_LEVELS = tuple(product((True, False), repeat=3))


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """A group that a human must look at: why, and which it could be."""

    record: GroupRecord
    reason: Reason
    candidates: tuple[Group, ...]


@dataclass
class GroupMatches:
    """What matching found, by the record's ref; `left` was decided to be left out."""

    found: dict[str, Group] = field(default_factory=dict)
    new: list[GroupRecord] = field(default_factory=list)
    questions: list[GroupQuestion] = field(default_factory=list)
    left: list[GroupQuestion] = field(default_factory=list)


class GroupIndex:
    """The groups of a roster by key, and by name within one schooljaar."""

    def __init__(self, groups: Iterable[Group], schooljaar: str) -> None:
        """Read every group once."""
        self.by_id: dict[UUID, Group] = {}
        self.by_source_key: dict[str, Group] = {}
        self._by_name: dict[_Name, list[Group]] = defaultdict(list)
        self._schooljaar = schooljaar
        for group in groups:
            self.by_id[group.id] = group
            self._by_name[group.kind, group.schooljaar, _bare(group)].append(group)
            if group.source_key is not None:
                self.by_source_key[group.source_key] = group

    def named(self, record: GroupRecord) -> list[Group]:
        """Which groups the record could be by its name, and its vestiging where it has one.

        Capitals make no other name.
        """
        name = _bare(record)
        site = _site(record)
        return [
            group
            for group in self._by_name.get((record.group_kind, self._schooljaar, name), [])
            # Another key is another group: a name is used again at every vestiging.
            if (record.key is None or group.source_key is None)
            and (site is None or _site(group) in {site, None})
        ]

    def naming(self, records: Sequence[GroupRecord]) -> Callable[[GroupRecord], str | None]:
        """What tells the name that a record shares with the others of one group in its document.

        Where Numo has two groups that differ in nothing but capitals, those tell them apart; but
        not from one that another record names, by its key or with its vestiging.
        """
        told = {(one.group_kind, _bare(one), _site(one)) for one in records}
        keys = {one.key for one in records if one.key is not None}

        def named_as(record: GroupRecord) -> str | None:
            spelled = {
                group.fields.get("name")
                for group in self.named(record)
                if group.active
                and group.source_key not in keys
                and (
                    _site(group) == _site(record)
                    or (group.kind, _bare(group), _site(group)) not in told
                )
            }
            return _bare(record) if len(spelled) <= 1 else record.fields.get("name")

        return named_as

    def identity(self, record: GroupRecord) -> str:
        """How a decision on the record is remembered."""
        return group_identity(record, self._schooljaar)

    def anyone(self, record: GroupRecord) -> list[Group]:
        """Every group that the record could be."""
        keyed = self.by_source_key.get(record.key or "")
        return self.named(record) if keyed is None else [keyed]


def match_groups(
    index: GroupIndex, records: list[GroupRecord], decisions: Decisions
) -> GroupMatches:
    """Match each record to at most one group, and no group to two records."""
    result = GroupMatches()
    keys = index.by_source_key.keys()
    decided = apply_decisions(index.by_id, keys, records, decisions, index.identity)
    claims = [
        (record, decided.same[record.ref]) for record in records if record.ref in decided.same
    ]
    rest = _claim_by_source_key(index, decided, claims, result)
    for level in _LEVELS:
        taken = {group.id for _, group in claims}
        open_records, rest = rest, []
        for record in open_records:
            found = _free(index, record, taken, level)
            if not found:
                rest.append(record)
            elif len(found) > 1:
                several = GroupQuestion(record, Reason.MATCHES_SEVERAL, tuple(found))
                result.questions.append(several)
            else:
                claims.append((record, found[0]))
    result.new = [*decided.new, *rest]
    result.left = [
        GroupQuestion(record, Reason.LEFT_OUT, tuple(index.anyone(record)))
        for record in decided.left
    ]
    _settle(claims, result)
    return result


def _claim_by_source_key(
    index: GroupIndex,
    decided: Decided[Group, GroupRecord],
    claims: list[_Claim],
    result: GroupMatches,
) -> list[GroupRecord]:
    rest = []
    for record in decided.open:
        keyed = index.by_source_key.get(record.key or "")
        if keyed is None:
            rest.append(record)
        elif keyed.kind is not record.group_kind:
            result.questions.append(GroupQuestion(record, Reason.ROLE_DIFFERS, (keyed,)))
        else:
            claims.append((record, keyed))
    return rest


def _bare(one: Group | GroupRecord) -> str | None:
    name = one.fields.get("name")
    return bare_group(name) if name else name


def _site(one: Group | GroupRecord) -> str | None:
    return one.fields.get("vestiging_code")


def _free(
    index: GroupIndex, record: GroupRecord, taken: set[UUID], level: tuple[bool, ...]
) -> list[Group]:
    is_active, is_exact, is_there = level
    name, site = record.fields.get("name"), _site(record)
    # A list does not tell a group its vestiging: brought back for one that the list names, a group
    # without would be mistaken for its namesake by the next import.
    is_there = is_there or not (is_active or record.key or site is None)
    return [
        group
        for group in index.named(record)
        if group.active is is_active
        and group.id not in taken
        and (not is_exact or group.fields.get("name") == name)
        and (not is_there or _site(group) == site)
    ]


def _settle(claims: list[_Claim], result: GroupMatches) -> None:
    claimed = Counter(group.id for _, group in claims)
    for record, group in claims:
        if claimed[group.id] > 1:
            question = GroupQuestion(record, Reason.SEVERAL_MATCH_ONE, (group,))
            result.questions.append(question)
        else:
            result.found[record.ref] = group

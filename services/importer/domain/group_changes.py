"""What a source would change in the groups of a school."""

from dataclasses import dataclass, field
from uuid import UUID

from services.importer.domain.change import (
    SOURCE_KEY,
    Change,
    ChangeKind,
    Reason,
    identity_of_row,
)
from services.importer.domain.coverage import Coverage
from services.importer.domain.decisions import Decisions, is_left
from services.importer.domain.duplicates import unique_groups
from services.importer.domain.group_matching import GroupIndex, GroupQuestion, match_groups
from services.importer.domain.normalise import same
from services.importer.domain.proposals import (
    Subject,
    add,
    archive,
    ask,
    change,
    identity_of_record,
)
from services.importer.domain.roster import Document, Fields, Group, Roster
from services.importer.domain.taken_keys import keys_that_stay
from shared.ids import new_id
from shared.roster.document import GROUP_FIELDS, GroupRecord, MemberRole

SCHOOLJAAR = "schooljaar"


@dataclass
class GroupChanges:
    """The changes, and what memberships must know of them, as for people."""

    changes: list[Change] = field(default_factory=list)
    ids: dict[str, UUID] = field(default_factory=dict)
    labels: dict[UUID, str] = field(default_factory=dict)
    identities: dict[UUID, str] = field(default_factory=dict)
    matched: set[UUID] = field(default_factory=set)
    disputed: set[UUID] = field(default_factory=set)


def diff_groups(
    old: Roster, new: Document, coverage: Coverage, decisions: Decisions
) -> GroupChanges:
    """Compare the groups of a roster with those of a document."""
    schooljaar = new.header.schooljaar
    index = GroupIndex(old.groups.values(), schooljaar)
    unique = unique_groups(new.groups, new.memberships, index.naming(new.groups))
    matches = match_groups(index, unique.records, decisions)
    for family in unique.disputed:
        for record in family:
            left_out = is_left(index.identity(record), decisions)
            dispute = GroupQuestion(record, Reason.TWICE_IN_SOURCE, tuple(index.anyone(record)))
            (matches.left if left_out else matches.questions).append(dispute)
    asked = {group.id for question in matches.questions for group in question.candidates}
    left = {group.id for question in matches.left for group in question.candidates}
    found = {group.id for group in matches.found.values()}
    # A group whose row could not be read is there, and who is in it is not known.
    unread = {g.id for g in old.groups.values() if g.source_key in coverage.spared}
    result = GroupChanges(disputed=asked | unread | (left - found))
    met = [(one, matches.found[one.ref]) for one in unique.records if one.ref in matches.found]
    keys = keys_that_stay(((record.key, group) for record, group in met), index.by_source_key)
    for record, group in met:
        _compare(group, record, schooljaar, result, takes_key=record.key not in keys)
    for record in matches.new:
        identity = index.identity(record)
        _add(record, schooljaar, result, identity if identity in decisions else None)
    result.changes += [_conflict(one, index.identity(one.record)) for one in matches.questions]
    staying = result.disputed | found
    if not coverage.lists_empty_groups:
        staying |= _without_pupils(old)
    result.changes += map(_archive, _gone(old, coverage, staying))
    repeats = unique.same_as.items()
    result.ids |= {ref: result.ids[kept] for ref, kept in repeats if kept in result.ids}
    return result


def _gone(old: Roster, coverage: Coverage, spared: set[UUID]) -> list[Group]:
    return [
        group
        for group in old.groups.values()
        if group.active and group.kind in coverage.kinds and group.id not in spared
    ]


def _without_pupils(old: Roster) -> set[UUID]:
    filled = {
        found.group_id
        for found in old.memberships.values()
        if found.active and found.role is MemberRole.PUPIL
    }
    return old.groups.keys() - filled


def _subject(group: Group, label: str | None) -> Subject:
    return Subject(ChangeKind.GROUP, group.id, group.kind, label or "")


def _compare(
    group: Group,
    record: GroupRecord,
    schooljaar: str,
    result: GroupChanges,
    *,
    takes_key: bool,
) -> None:
    subject = _subject(group, record.fields.get("name") or group.fields.get("name"))
    result.ids[record.ref] = group.id
    result.matched.add(group.id)
    result.identities[group.id] = identity_of_row(group.id)
    result.labels[group.id] = subject.label
    before, after = _differences(group, record, schooljaar, takes_key=takes_key)
    found = change(subject, active=group.active, before=before, after=after)
    if found is not None:
        result.changes.append(found)


def _differences(
    group: Group, record: GroupRecord, schooljaar: str, *, takes_key: bool
) -> tuple[Fields, Fields]:
    if record.key is None:
        # A list names the class of each pupil and knows nothing else of it.
        return {}, {}
    old: Fields = {
        **group.fields,
        SCHOOLJAAR: group.schooljaar,
        SOURCE_KEY: group.source_key,
    }
    named = {name: record.fields[name] for name in GROUP_FIELDS if name in record.fields}
    # As for people: a decision that this is another group than the key's holder moves no key.
    key = record.key if takes_key else group.source_key
    wanted = {**named, SCHOOLJAAR: schooljaar, SOURCE_KEY: key}
    after = {name: value for name, value in wanted.items() if not same(name, old[name], value)}
    return {name: old[name] for name in after}, after


def _add(record: GroupRecord, schooljaar: str, result: GroupChanges, decided: str | None) -> None:
    identity = identity_of_record(record.key, record.ref)
    label = record.fields.get("name") or ""
    subject = Subject(ChangeKind.GROUP, new_id(), record.group_kind, label, identity)
    known = _known(record)
    result.ids[record.ref] = subject.id
    result.identities[subject.id] = identity
    result.labels[subject.id] = subject.label
    made = add(subject, {**known, SCHOOLJAAR: schooljaar})
    result.changes.append(made._replace(source_identity=decided))


def _known(record: GroupRecord) -> dict[str, str | None]:
    known = {name: record.fields[name] for name in GROUP_FIELDS if record.fields.get(name)}
    return known if record.key is None else {**known, SOURCE_KEY: record.key}


def _archive(group: Group) -> Change:
    return archive(_subject(group, group.fields.get("name")))


def _conflict(question: GroupQuestion, source_identity: str) -> Change:
    record = question.record
    return ask(
        ChangeKind.GROUP,
        reason=question.reason,
        role=record.group_kind,
        label=record.fields.get("name") or "",
        identity=identity_of_record(record.key, record.ref),
        after=_known(record),
        candidates=(group.id for group in question.candidates),
        source_identity=source_identity,
    )

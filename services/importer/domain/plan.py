"""A plan as a whole: how much of what it holds, and the digest that seals it."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable

from services.importer.domain.change import Action, Change, ChangeKind
from shared.roster.document import PersonRole

Summary = dict[str, dict[str, int]]
_LISTS = {ChangeKind.GROUP: "groups", ChangeKind.MEMBERSHIP: "memberships"}
# `json.dumps` would make one for each change.
_encode = json.JSONEncoder(ensure_ascii=False).encode
_ROLES = {PersonRole.PUPIL.value: "pupils", PersonRole.EMPLOYEE.value: "employees"}


def summarise(changes: Iterable[Change]) -> Summary:
    """How many changes of each action: people, pupils, employees, groups and memberships."""
    return counts((change.kind, change.role, change.action, 1) for change in changes)


def counts(rows: Iterable[tuple[str, str, str, int]]) -> Summary:
    """The same from rows of kind, role, action and number."""
    found: Counter[tuple[str, str]] = Counter()
    for kind, role, action, number in rows:
        if kind == ChangeKind.PERSON:
            found["people", action] += number
            found[_ROLES[role], action] += number
        else:
            found[_LISTS[ChangeKind(kind)], action] += number
    names = ("people", "pupils", "employees", "groups", "memberships")
    return {name: {action.value: found[name, action] for action in Action} for name in names}


def digest_of(changes: Iterable[Change], roster_version: int) -> str:
    """SHA-256, in hex, over the roster's version and the changes in whatever order they come."""
    lines = sorted(map(_canonical, changes))
    digest = hashlib.sha256(str(roster_version).encode())
    for line in lines:
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()


def _canonical(change: Change) -> str:
    return _encode(
        [
            change.kind,
            change.action,
            change.role,
            change.identity,
            change.reason,
            change.choice,
            sorted(change.before.items()),
            sorted(change.after.items()),
            sorted(map(str, change.candidate_ids)),
            change.held,
        ]
    )

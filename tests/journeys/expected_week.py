"""What an import must find after a week at school, told from the sandbox's own report."""

from typing import Any

from tests.journeys.known_roster import Known, Member

Found = set[tuple[Any, ...]]
_FROM_CLASS = ("leerjaar", "onderwijssoort")


def expected_changes(report: dict[str, Any], before: Known) -> Found:
    """Every change one by one: people, groups and memberships."""
    return {
        *_people(report, before),
        *(("group", "add", group["uuid"]) for group in report["lesgroepen_new"]),
        *_memberships(report, before),
    }


def found_changes(changes: list[dict[str, Any]]) -> Found:
    """The same of the changes that an import recorded."""
    return {_found(change) for change in changes}


def _found(change: dict[str, Any]) -> tuple[Any, ...]:
    kind, action = change["kind"], change["action"]
    if kind == "membership":
        return kind, action, change["person"], change["group"], change["role"]
    subject = change[kind]
    if action == "update":
        return kind, action, subject, _differences(change["before"], change["after"])
    return kind, action, subject


def _differences(before: dict[str, Any], after: dict[str, Any]) -> frozenset[tuple[Any, ...]]:
    return frozenset((name, before.get(name), after[name]) for name in after)


def _people(report: dict[str, Any], before: Known) -> Found:
    found: Found = set()
    for action, lists in {
        "add": ("joined", "teachers_joined"),
        "archive": ("left", "teachers_left"),
        "reactivate": ("returned",),
    }.items():
        found |= {("person", action, who["uuid"]) for name in lists for who in report[name]}
    for who in report["renamed"]:
        changed = frozenset({("family_name", who["before"], who["after"])})
        found.add(("person", "update", who["uuid"], changed))
    for who in report["moved"]:
        old, new = before.groups[who["from_uuid"]], before.groups[who["to_uuid"]]
        moved = frozenset((n, old[n], new[n]) for n in _FROM_CLASS if old[n] != new[n])
        if moved:
            found.add(("person", "update", who["uuid"], moved))
    return found


def _memberships(report: dict[str, Any], before: Known) -> Found:
    found: Found = set()
    for who in (*report["joined"], *report["returned"]):
        groups = {who["stamgroep_uuid"], *who["lesgroepen"]}
        found |= {_begin((who["uuid"], group, "pupil"), before) for group in groups}
    for who in report["moved"]:
        old = {who["from_uuid"], *who["lesgroepen_before"]}
        new = {who["to_uuid"], *who["lesgroepen_after"]}
        found |= {("membership", "archive", who["uuid"], group, "pupil") for group in old - new}
        found |= {_begin((who["uuid"], group, "pupil"), before) for group in new - old}
    for role, name in (("teacher", "docenten_changed"), ("mentor", "mentoren_changed")):
        # Who left takes the memberships along: those are not listed one by one.
        for group in report[name]:
            come = set(group["after"]) - set(group["before"])
            found |= {_begin((person, group["uuid"], role), before) for person in come}
    for group in report["lesgroepen_new"]:
        members = {(person, "pupil") for person in group["leerlingen"]}
        members |= {(person, "teacher") for person in group["docenten"]}
        found |= {_begin((who, group["uuid"], role), before) for who, role in members}
    return found


def _begin(member: Member, before: Known) -> tuple[Any, ...]:
    return ("membership", "reactivate" if member in before.ended else "add", *member)

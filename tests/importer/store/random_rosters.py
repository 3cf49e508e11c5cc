"""Random documents of one small school: joiners, leavers, swapped numbers, lists without keys."""

import random

from services.importer.domain.roster import Document
from shared.clock import now
from shared.roster.document import (
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
)

_KEYS = [f"l-{number}" for number in range(9)]
_STAFF = [f"m-{number}" for number in range(3)]
_GROUPS = [f"g-{number}" for number in range(5)]
_NUMBERS = [f"{number:04d}" for number in range(1, 12)]
_NAMES = ["Anna", 'O"Neil\\n', "Zoë\t", "Jan\nPiet", "🦉", "d'Arc", "\\N"]
_COMPLETE = ("pupil", "employee", "stamgroep", "lesgroep")


def seeded(seed: int) -> random.Random:
    """The same documents for the same seed."""
    return random.Random(seed)  # noqa: S311 - nothing secret is made of it


def random_document(rng: random.Random) -> Document:
    """A whole document; sometimes a list that knows no keys and no lesgroepen."""
    is_list = rng.random() < 0.15
    complete = ("pupil", "stamgroep") if is_list else _COMPLETE
    header = Header(
        source="csv" if is_list else "somtoday",
        schooljaar=rng.choice(["2026-2027"] * 9 + ["2027-2028"]),
        fetched_at=now(),
        complete_for=complete,
    )
    pupils = rng.sample(_KEYS, rng.randint(3, len(_KEYS)))
    numbers = rng.sample(_NUMBERS, len(pupils))
    says_email = rng.random() < 0.7
    people = [
        _pupil(rng, key, number, is_list=is_list, says_email=says_email)
        for key, number in zip(pupils, numbers, strict=True)
    ]
    groups = [_group(key, is_list=is_list) for key in rng.sample(_GROUPS, rng.randint(2, 5))]
    if is_list:
        groups = [found for found in groups if found.group_kind is GroupKind.STAMGROEP]
    else:
        people += [_employee(key) for key in rng.sample(_STAFF, rng.randint(0, 3))]
    return Document(header, people, groups, _memberships(rng, people, groups))


def _pupil(
    rng: random.Random, key: str, number: str, *, is_list: bool, says_email: bool
) -> PersonRecord:
    fields: dict[str, str | None] = {
        # As Magister or as Somtoday writes it.
        "pupil_number": number if rng.random() < 0.5 else number.lstrip("0"),
        "given_name": rng.choice(_NAMES),
        "family_name": f"van {key}",
    }
    if rng.random() < 0.8:
        fields["eck_id"] = f"eck-{key}"
    if says_email and rng.random() < 0.5:
        fields["email"] = rng.choice([None, f"{key}@school.example"])
    if not is_list and rng.random() < 0.15:
        del fields["pupil_number"]
    return PersonRecord(key=None if is_list else key, ref=key, role=PersonRole.PUPIL, fields=fields)


def _employee(key: str) -> PersonRecord:
    named: dict[str, str | None] = {"employee_code": key[-3:], "family_name": "Docent"}
    return PersonRecord(key=key, ref=key, role=PersonRole.EMPLOYEE, fields=named)


def _group(key: str, *, is_list: bool) -> GroupRecord:
    kind = GroupKind.STAMGROEP if key < "g-3" else GroupKind.LESGROEP
    return GroupRecord(
        key=None if is_list else key, ref=key, group_kind=kind, fields={"name": f"klas {key}"}
    )


def _memberships(
    rng: random.Random, people: list[PersonRecord], groups: list[GroupRecord]
) -> list[MembershipRecord]:
    return [
        MembershipRecord(
            person=person.ref,
            group=group.ref,
            role=MemberRole.PUPIL if person.role is PersonRole.PUPIL else MemberRole.TEACHER,
        )
        for person in people
        for group in groups
        if rng.random() < 0.4
    ]

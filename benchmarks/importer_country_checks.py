"""Whether a night did what it should: else its numbers are worth nothing."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.importer_country_night import Night, insist
from deploy.demo.peers import Peers

_ROSTER = """
    SELECT p.pupil_number, p.given_name, p.prefix, p.family_name, g.name FROM person p
    LEFT JOIN membership m ON m.person_id = p.id AND m.state = 'active' AND m.role = 'pupil'
        AND m.group_id IN (SELECT id FROM roster_group WHERE school_id = %s AND kind = 'stamgroep')
    LEFT JOIN roster_group g ON g.id = m.group_id
    WHERE p.school_id = %s AND p.role = 'pupil' AND p.state = 'active'
"""
_LAST_CHANGES = """
    SELECT school_id, max(changed_in) FROM (
        SELECT school_id, changed_in FROM person
        UNION ALL SELECT school_id, changed_in FROM roster_group
        UNION ALL SELECT school_id, changed_in FROM membership) AS everything
    GROUP BY school_id
"""


def check_changes(brin: str, found: Counter[str], report: dict[str, Any]) -> bool:
    """The plan says of everybody what the sandbox says that it changed; whether it asks as well.

    Who joins and is called as somebody who left is a question, of one school in a thousand: nobody
    is added then, and nobody archived.
    """
    other_year = [one for one in report["moved"] if one["from"][:-1] != one["to"][:-1]]
    expected = {
        "pupils add": len(report["joined"]),
        "pupils update": len(report["renamed"]) + len(other_year),
        "pupils archive": len(report["left"]),
        "employees add": len(report["teachers_joined"]),
        "employees archive": len(report["teachers_left"]),
        "groups add": len(report["lesgroepen_new"]),
    }
    asked = found["pupils conflict"]
    lacking = {"pupils add": asked, "pupils archive": min(asked, expected["pupils archive"])}
    people = {name: found[name] + lacking.get(name, 0) for name in expected}
    insist(people == expected, brin, f"found {dict(found)}, expected {expected}")
    return asked > 0


def check_rosters(peers: Peers, schools: Mapping[str, UUID]) -> None:
    """Every pupil is there, in the class of the sandbox's own export, and nobody else is."""
    with psycopg.connect(peers.environment.databases.owner, autocommit=True) as owner:
        for brin, school_id in schools.items():
            export = peers.sandbox.get(f"/sandbox/schools/{brin}/export.csv").content
            held = owner.execute(_ROSTER, [school_id, school_id]).fetchall()
            insist(sorted(_pupils(export)) == sorted(_texts(held)), brin, "the rosters differ")


def last_changes(peers: Peers) -> dict[UUID, int]:
    """The version in which a row of each school's roster was written last."""
    with psycopg.connect(peers.environment.databases.owner, autocommit=True) as owner:
        return dict(owner.execute(_LAST_CHANGES).fetchall())


def check_untouched(
    before: Mapping[UUID, int], after: Mapping[UUID, int], night: Night, asked: Collection[str]
) -> None:
    """Nothing was found but what was asked already, and no row of any roster was written."""
    for brin, found in night.found.items():
        is_known = brin in asked and all("conflict" in name for name in found)
        wrong = f"changes were found where nothing changed: {dict(found)}"
        insist(is_known or not found, brin, wrong)
    for school_id, version in after.items():
        insist(before.get(school_id) == version, str(school_id), "its roster was written to")


def _pupils(export: bytes) -> Iterator[tuple[str, ...]]:
    names = ("leerlingnummer", "roepnaam", "tussenvoegsel", "achternaam", "klas")
    for row in csv.DictReader(io.StringIO(export.decode("utf-8-sig")), delimiter=";"):
        if row["rol"] == "leerling":
            yield tuple(row[name] for name in names)


def _texts(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[str, ...]]:
    return (tuple(value or "" for value in row) for row in rows)

"""What a school's report says, what an outsider can check, and what invoicing reads."""

import csv
import io
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from shared.database import Database
from shared.ids import new_id
from tests.licensing.conftest import PRODUCT, YEAR, School

Make = Callable[[int], Awaitable[School]]
PATH = f"/v1/license-reports/{YEAR}"
ADD_CLASS = text("""
    INSERT INTO roster_group (id, school_id, kind, schooljaar, name)
    VALUES (:id, :school, 'stamgroep', :year, :name)
""")
ADD_MEMBER = text("""
    INSERT INTO membership (id, school_id, person_id, group_id, role)
    VALUES (:id, :school, :person, :class_id, 'pupil')
""")
SET_SITE = text("UPDATE person SET vestiging_code = :site WHERE id = :person")


async def read(school: School, below: str = "", **query: Any) -> Any:
    asked = {"school_id": str(school.id), **query}
    answer = await school.client.get(PATH + below, params=asked, headers=school.ops)
    assert answer.status_code == 200, answer.text
    return answer


async def rows_of(school: School, table: str, **query: Any) -> list[dict[str, str]]:
    content = (await read(school, f"/{table}.csv", **query)).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content), delimiter=";"))


async def seat(school: School, pupils: dict[UUID, tuple[str, str]]) -> None:
    """Put pupils in a vestiging and a klas."""
    async with school.owner.transaction(school.id) as connection:
        classes = {name: new_id() for _, name in pupils.values()}
        for name, class_id in classes.items():
            facts = {"id": class_id, "school": school.id, "year": YEAR, "name": name}
            await connection.execute(ADD_CLASS, facts)
        for person, (site, name) in pupils.items():
            facts = {"id": new_id(), "school": school.id, "person": person}
            await connection.execute(ADD_MEMBER, {**facts, "class_id": classes[name]})
            await connection.execute(SET_SITE, {"site": site, "person": person})


@pytest.fixture
async def used(school_with: Make) -> School:
    """A school of which five pupils in two vestigingen began, and one left again."""
    school = await school_with(10)
    await school.grant(-2, reason="=te veel")
    places = [("99ZX01", "1a"), ("99ZX01", "1a"), ("99ZX01", "1b"), ("99ZX02", "1c")]
    pupils = {await school.person(): place for place in places}
    await seat(school, pupils)
    stranger = await school.person()
    for number, person in enumerate([*pupils, stranger]):
        kind = ["sprongtoets", "oefening"][number % 2]
        for activity_kind in (kind, "oefening"):
            started = await school.start(person, activity_kind=activity_kind, activity_id=kind)
            assert started.status_code == 201, started.text
    release = text("""
        WITH given_back AS (
            UPDATE license SET released_at = now() WHERE person_id = :person
            RETURNING id, school_id, pool_id)
        INSERT INTO license_entry (id, school_id, pool_id, kind, amount, license_id, actor, reason)
        SELECT :id, school_id, pool_id, 'release', 1, id, 'x', 'vertrokken' FROM given_back
    """)
    async with school.owner.transaction(school.id) as connection:
        await connection.execute(release, {"id": new_id(), "person": stranger})
    return school


async def test_a_report_is_recomputed_from_the_file_of_entries(used: School) -> None:
    report = (await read(used)).json()
    left, sums, parts = Counter[str](), Counter[str](), Counter[tuple[str, ...]]()
    for row in await rows_of(used, "entries"):
        pool, amount = row["pool-id"], int(row["aantal"])
        left[pool] += amount
        sums[pool, row["soort boeking"]] += amount  # type: ignore[index]
        if row["soort boeking"] != "toegekend":
            place = (row["vestiging"], row["klas"], row["geboekt op"][:7])
            parts[*place, row["soort activiteit"]] -= amount
    [pool] = report["pools"]
    assert (pool["granted"], pool["used"], pool["left"]) == (8, 4, 4)
    assert left[pool["pool_id"]] == pool["left"]
    assert sums[pool["pool_id"], "toegekend"] == pool["granted"]  # type: ignore[index]
    names = ("vestiging", "klas", "month", "activity_kind")
    shown = {tuple(row[name] or "" for name in names): row["used"] for row in report["uses"]}
    assert shown == {place: count for place, count in parts.items() if count}
    assert {site: used for (site, *_), used in shown.items()}.keys() == {"99ZX01", "99ZX02"}


async def test_it_is_split_as_asked_and_the_files_say_the_same(used: School) -> None:
    split = (await read(used, split_by=["vestiging"])).json()
    assert [(row["vestiging"], row["klas"], row["used"]) for row in split["uses"]] == [
        ("99ZX01", None, 3),
        ("99ZX02", None, 1),
    ]
    rows = await rows_of(used, "uses", split_by=["klas", "activity_kind"])
    assert [(row["klas"], row["soort activiteit"], row["gebruikt"]) for row in rows] == [
        *[("1a", "oefening", "1"), ("1a", "sprongtoets", "1"), ("1b", "sprongtoets", "1")],
        ("1c", "oefening", "1"),
    ]
    for table in ("totals", "uses", "entries"):
        made = await read(used, f"/{table}.xlsx")
        sheet = load_workbook(io.BytesIO(made.content), read_only=True).active
        assert sheet is not None
        written = list(sheet.iter_rows(values_only=True))
        comma = await rows_of(used, table)
        assert list(written[0]) == list(comma[0])
        assert len(written) == len(comma) + 1
    reasons = {row["reden"] for row in await rows_of(used, "entries")}
    assert reasons == {"order 1", "'=te veel", "", "vertrokken"}


async def test_a_report_is_of_the_school_that_asks(used: School, school_with: Make) -> None:
    other = await school_with(0)
    assert (await read(other)).json()["pools"] == []
    theirs = await used.issuer.headers(school=used.id)
    mine = await used.client.get(PATH, headers=theirs)
    assert mine.json()["pools"][0]["granted"] == 8
    foreign = await used.client.get(PATH, params={"school_id": str(other.id)}, headers=theirs)
    assert foreign.status_code == 404
    pupil = await used.issuer.headers(school=used.id, role="leerling", person=new_id())
    assert (await used.client.get(PATH, headers=pupil)).status_code == 403
    year = await used.client.get("/v1/license-reports/2026-2029", headers=theirs)
    assert year.status_code == 422


async def test_it_is_drawn_with_words_for_who_cannot_see(
    used: School, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    drawn = [(await read(used, "/use.svg", license_product=PRODUCT)).content for _ in range(2)]
    assert drawn[0] == drawn[1]
    root = ET.fromstring(drawn[0].decode())  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == f"Gebruik van Numo rekenen, schooljaar {YEAR}"
    assert "4 van 8 licenties in gebruik, 4 over" in (root.findtext(f"{space}desc") or "")
    other = await api_key("ops", product="other")
    query = {"school_id": str(used.id), "license_product": PRODUCT}
    hidden = await used.client.get(f"{PATH}/use.svg", params=query, headers=other)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")


async def test_licensing_reads_no_name_of_a_pupil(used: School, licensing: Database) -> None:
    for column in ("given_name", "family_name", "pupil_number", "email"):
        with pytest.raises(Exception, match="permission denied"):
            async with licensing.transaction(used.id) as connection:
                await connection.execute(text(f"SELECT {column} FROM person"))
    async with licensing.transaction(new_id()) as connection:
        assert (await connection.execute(text("SELECT * FROM license_place"))).all() == []


class Reader:
    """Invoicing: it keeps its place, and asks for what came since."""

    def __init__(self, school: School, who: dict[str, str]) -> None:
        self.school, self.who, self.place = school, who, None

    async def new(self, limit: int = 3) -> list[dict[str, Any]]:
        found = []
        while True:
            query = {"limit": limit} | ({"changed_since": self.place} if self.place else {})
            answer = await self.school.client.get(
                "/v1/license-entries", params=query, headers=self.who
            )
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found += body["items"]
            self.place = body["changed_since"]
            if not body["more"]:
                return found


async def test_the_feed_gives_every_entry_once_also_one_that_commits_late(
    used: School, school_with: Make, licensing: Database
) -> None:
    reader = Reader(used, used.ops)
    before = await reader.new(limit=500)
    assert Counter(e["kind"] for e in before if e["school_id"] == str(used.id)) == {
        "grant": 2,
        "use": 5,
        "release": 1,
    }
    grant = text("""
        INSERT INTO license_entry (id, school_id, pool_id, kind, amount, actor, reason)
        VALUES (:id, :school, :pool, 'grant', 1, 'x', 'late')
    """)
    late, other = new_id(), await school_with(3)
    facts = {"id": late, "school": used.id, "pool": (await used.pool())["id"]}
    async with licensing.transaction(used.id) as connection:
        await connection.execute(grant, facts)
        assert (await other.start(await other.person())).status_code == 201
        meanwhile = await reader.new()
        assert str(late) not in {entry["id"] for entry in meanwhile}
    after = await reader.new(limit=1)
    assert str(late) in {entry["id"] for entry in after}
    every = [entry["id"] for entry in before + meanwhile + after]
    assert len(set(every)) == len(every)
    assert {entry["school_id"] for entry in meanwhile + after} >= {str(used.id), str(other.id)}
    assert await reader.new() == []


async def test_a_product_reads_its_own_entries_and_no_place_is_made_up(
    used: School, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    await used.grant(1, license_product="taal")
    theirs = await Reader(used, await api_key("ops", product="other")).new(limit=500)
    assert {entry["product"] for entry in theirs} == {"other"}
    for wrong in ("x", "WyIxIl0", "WyItMSIsICJ4Il0"):
        refused = await used.client.get(
            "/v1/license-entries", params={"changed_since": wrong}, headers=used.ops
        )
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")

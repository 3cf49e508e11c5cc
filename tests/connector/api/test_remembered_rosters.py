"""What is said of a roster without translating it follows from Somtoday's pages, and only while
nothing else changed. A content that no roster has shows that an answer came from memory.
"""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from services.connector.application.unchanged_roster import ground
from services.connector.domain.datavelden import Dataveld
from services.connector.domain.doelgroep import Doelgroep
from services.connector.somtoday.fetch import Wish
from services.connector.somtoday.fingerprint import fingerprint, keyed
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.roster_memory import Remembered, RosterMemory
from services.connector.somtoday.seen import Seen
from services.connector.somtoday.translate import Site
from services.connector.somtoday.wire import Plaatsing
from shared.clock import today
from shared.crypto import derived_key
from shared.ids import new_id
from tests.connector.api.conftest import Activated
from tests.connector.conftest import Somtoday
from tests.connector.kurve import Kurve, School
from tests.connector.somtoday.conftest import access_for

MADE_UP = "e" * 64
DAY = timedelta(days=1)


async def _asked(kurve: Kurve, school: School, known: str = MADE_UP) -> int:
    headers = {**kurve.reader, "If-None-Match": f'"{known}"'}
    answer = await kurve.client.get(f"/v1/schools/{school.id}/roster", headers=headers)
    return answer.status_code


async def _remember(kurve: Kurve, koppeling: str, **other: object) -> Remembered:
    async with Redis.from_url(kurve.settings.redis_url.get_secret_value()) as redis:
        memory = RosterMemory(kurve.settings, redis)
        known = await memory.recall(UUID(koppeling))
        assert known is not None
        changed = replace(known, **{"content": MADE_UP, **other})  # type: ignore[arg-type]
        await memory.remember(UUID(koppeling), changed)
    return known


async def test_equal_pages_are_the_roster_that_they_were(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, koppeling = await activated()
    assert await _asked(kurve, school) == 200
    known = await _remember(kurve, koppeling)
    assert {kind for (_, kind), _ in known.pages} == set(Kind)
    # Also on a later day, as long as no plaatsing began or was over since.
    for since in (today(), today() - 9 * DAY):
        await _remember(kurve, koppeling, day=since)
        assert await _asked(kurve, school) == 304
    await somtoday.connect.faults({"match": "/medewerker", "kind": "status", "status": 401})
    assert await _asked(kurve, school) != 304
    await somtoday.connect.faults()
    await somtoday.connect.client.post(f"/sandbox/schools/{school.brin}/next-week")
    assert await _asked(kurve, school) == 200


async def test_whatever_else_changed_has_the_roster_read_anew(
    kurve: Kurve, activated: Activated
) -> None:
    school, koppeling = await activated()
    assert await _asked(kurve, school) == 200
    others: list[dict[str, object]] = [
        {"ground": "another release"},
        {"until": today()},
        {"day": today() + DAY},
    ]
    for other in others:
        await _remember(kurve, koppeling, **other)
        assert await _asked(kurve, school) == 200
    # What was read anew is remembered in its place.
    assert (await _remember(kurve, koppeling)).content != MADE_UP
    assert await _asked(kurve, school) == 304


async def test_a_memory_that_is_lost_or_of_another_release_only_costs_time(
    kurve: Kurve, activated: Activated
) -> None:
    school, koppeling = await activated()
    assert await _asked(kurve, school) == 200
    content = (await _remember(kurve, koppeling)).content
    async with Redis.from_url(kurve.settings.redis_url.get_secret_value()) as redis:
        name = f"{kurve.settings.redis_namespace}:connector:roster:{koppeling}"
        kept = await redis.get(name)
        for written in ("{}", "[]", "no json"):
            await redis.set(name, written)
            assert await _asked(kurve, school, content) == 304
        await redis.delete(name)
    assert await _asked(kurve, school, content) == 304
    # Digests, vestigingen and the names of onderwijssoorten and vakken: nothing of anybody.
    assert b"99Z" not in kept
    assert b"@" not in kept
    assert b"achternaam" not in kept


WISH = Wish(
    access_for(School(new_id(), "99ZX", "Waterkant", str(new_id()), [])),
    [Site("n", "Noord", ("99ZX00",))],
    [Dataveld.ROEPNAAM],
    date(2026, 11, 25),
)


@pytest.mark.parametrize(
    "other",
    [
        replace(WISH, access=replace(WISH.access, product="other")),
        replace(WISH, access=replace(WISH.access, client_id="other")),
        replace(WISH, access=replace(WISH.access, organisation_id=new_id())),
        replace(WISH, sites=[Site("n", "Noord", ("99ZX00", "99ZX01"))]),
        replace(WISH, sites=[*WISH.sites, Site("z", "Zuid", ())]),
        replace(WISH, datavelden=[Dataveld.ROEPNAAM, Dataveld.ECKID]),
        *(
            replace(WISH, doelgroep=Doelgroep(**{name: frozenset({"1"})}))
            for name in ("vestigingen", "onderwijssoorten", "leerjaren", "vakken")
        ),
    ],
)
def test_all_that_a_roster_follows_from_is_its_ground(other: Wish) -> None:
    assert ground(other) != ground(WISH) == ground(replace(WISH, day=WISH.day + DAY))


@pytest.mark.parametrize(
    ("places", "until"),
    [
        ([(-9, 30)], 31),
        ([(-9, 30), (5, 20)], 5),
        ([(-90, -10), (-9, 0)], 1),
        ([(-90, -1)], None),
        ([(None, None)], None),
    ],
)
def test_the_same_pages_hold_until_a_plaatsing_begins_or_is_over(
    places: list[tuple[int | None, int | None]], until: int | None
) -> None:
    day = WISH.day
    seen = Seen()

    def at(days: int | None) -> date | None:
        return None if days is None else day + days * DAY

    seen.plaatsingen(
        [Plaatsing(startdatum=at(begins), einddatum=at(ends)) for begins, ends in places], day
    )
    assert seen.until == at(until)
    remembered = Remembered("g", day, seen.until, [], [], MADE_UP)
    for days in range(40):
        assert remembered.holds("g", day + days * DAY) == (until is None or days < until)
    assert not remembered.holds("g", day - DAY)


def test_digests_of_pages_need_a_key_that_is_of_this_purpose_and_environment(kurve: Kurve) -> None:
    keys = kurve.settings.encryption_keys
    key = derived_key(keys, "somtoday pages")
    assert len(key) == 32
    assert key != derived_key(keys, "another purpose")
    assert keyed(fingerprint(b"{}"), key) != keyed(fingerprint(b"{}"), key[::-1])

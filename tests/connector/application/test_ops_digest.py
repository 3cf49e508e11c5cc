from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.inbox import Mailbox
from services.connector.application.ops_digest import write_digest
from shared.clock import AMSTERDAM, today
from shared.database import Database
from tests.connector.conftest import NewKurve, Somtoday
from tests.connector.kurve import CONTACT, Kurve, School, run_worker

OPS = "ops@kurve.example"


def at(hour: int) -> datetime:
    return datetime.combine(today(), time(hour), AMSTERDAM)


@pytest.fixture
async def watched(
    alone: Kurve, new_kurve: NewKurve, owner: Database
) -> AsyncIterator[tuple[Kurve, Database]]:
    """A connector with an address of ops, on a day that no mail to them was written yet."""
    assert alone.settings.ops_email is None
    async with owner.transaction() as connection:
        await connection.execute(text("DELETE FROM ops_digest"))
    async with new_kurve(ops_email=OPS) as kurve:
        database = Database(kurve.settings.database_url)
        yield kurve, database
        await database.close()


async def test_ops_get_one_mail_a_day_of_all_that_needs_them(
    watched: tuple[Kurve, Database], add_school: Any, somtoday: Somtoday, new_inbox: Any
) -> None:
    kurve, database = watched
    revoked, well, narrowed = await add_school(), await add_school(), await add_school(pupils=300)
    for school in (revoked, well, narrowed):
        await somtoday.open(school)
        koppeling = await kurve.active(school)
        if school is narrowed:
            await somtoday.open(school, vestigingen=[school.sites[0]["brin6"]])
            await kurve.post(koppeling, "verify")
            await run_worker(kurve.settings)
        if school is revoked:
            await somtoday.close(school)
            await kurve.post(koppeling, "verify")
            await run_worker(kurve.settings)
    assert await write_digest(database, at(6)) is False
    assert await write_digest(database, at(7)) is True
    assert await write_digest(database, at(12)) is False
    box: Mailbox
    async with new_inbox(kurve.settings) as box:
        for _ in range(2):
            await run_worker(kurve.settings, with_crons=True)
    (mail,) = [mail for mail in box.mails if mail.to == [OPS]]
    assert f"- {revoked.name} ({revoked.brin}), {kurve.product}, sinds" in mail.text
    assert "Ingetrokken door de school (1)" in mail.text
    assert well.brin not in mail.text
    assert "anders dan afgesproken (1)" in mail.text
    assert f"- {narrowed.name} ({narrowed.brin})" in mail.text
    assert "vestiging_vanished" in mail.text
    assert CONTACT not in mail.text + mail.html


async def test_a_day_on_which_all_is_well_has_no_mail(
    watched: tuple[Kurve, Database], school: School, somtoday: Somtoday, new_inbox: Any
) -> None:
    kurve, database = watched
    await somtoday.open(school)
    await kurve.active(school)
    assert await write_digest(database, at(7))
    async with new_inbox(kurve.settings) as box:
        await run_worker(kurve.settings, with_crons=True)
    assert [mail for mail in box.mails if mail.to == [OPS]] == []


async def test_the_mail_of_yesterday_is_not_sent_today(
    watched: tuple[Kurve, Database],
    somtoday: Somtoday,
    school: School,
    new_inbox: Any,
    owner: Database,
) -> None:
    kurve, database = watched
    await somtoday.open(school)
    koppeling = await kurve.active(school)
    await somtoday.close(school)
    await kurve.post(koppeling, "verify")
    await run_worker(kurve.settings)
    assert await write_digest(database, at(7) - timedelta(days=1))
    async with owner.transaction() as connection:
        await connection.execute(text("INSERT INTO ops_digest (day) VALUES (:d)"), {"d": today()})
    async with new_inbox(kurve.settings) as box:
        await run_worker(kurve.settings, with_crons=True)
    assert [mail for mail in box.mails if mail.to == [OPS]] == []

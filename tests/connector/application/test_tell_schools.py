from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.inbox import Mailbox
from services.connector.settings import ConnectorSettings
from shared.clock import today
from shared.database import Database
from tests.connector.conftest import Somtoday
from tests.connector.kurve import CONTACT, Kurve, School, run_worker

Age = Callable[[str, timedelta], Awaitable[None]]
DAY = timedelta(days=1)
_OLDER_STATE = text("UPDATE koppeling_event SET at = at - :lasted WHERE koppeling_id = :id")
_OLDER_SIGHT = text("""
    UPDATE vestiging SET last_seen_at = greatest(first_seen_at, last_seen_at - :lasted)
    WHERE koppeling_id = :id AND last_seen_at < (
        SELECT last_verified_at FROM koppeling WHERE id = :id)
""")
_OLDER_FIRST_SIGHT = text("""
    UPDATE vestiging SET first_seen_at = first_seen_at - interval '30 days'
    WHERE koppeling_id = :id
""")
_OLDER_MAILS = text("""
    UPDATE koppeling SET told_at = (
        SELECT coalesce(jsonb_object_agg(key, value::timestamptz - :lasted), '{}')
        FROM jsonb_each_text(told_at))
    WHERE id = :id
""")


@pytest.fixture
def age(owner: Database) -> Age:
    """Let a koppeling have its state, and its school its last mail, for so much longer."""

    async def make_older(koppeling: str, lasted: timedelta) -> None:
        facts = {"id": koppeling, "lasted": lasted}
        async with owner.transaction() as connection:
            for statement in (_OLDER_STATE, _OLDER_MAILS, _OLDER_FIRST_SIGHT, _OLDER_SIGHT):
                await connection.execute(statement, facts)

    return make_older


@dataclass(frozen=True)
class Late:
    """What a test needs to let a mail come too late."""

    inbox: Callable[[ConnectorSettings], AbstractAsyncContextManager[Mailbox]]
    age: Age
    make_due: Callable[[str], Awaitable[None]]
    owner: Database

    async def is_done(self, koppeling: str) -> bool:
        """Whether the outbox is through with the mail that the koppeling fails."""
        statement = text(
            "SELECT done_at IS NOT NULL FROM outbox "
            "WHERE subject_id = :id AND topic = 'mail.koppeling_failing'"
        )
        async with self.owner.transaction() as connection:
            return bool((await connection.execute(statement, {"id": koppeling})).scalar_one())


@pytest.fixture
def late(new_inbox: Any, age: Age, make_due: Any, owner: Database) -> Late:
    return Late(new_inbox, age, make_due, owner)


async def look(kurve: Kurve, koppeling: str) -> str:
    await kurve.post(koppeling, "verify")
    await run_worker(kurve.settings)
    return str((await kurve.show(koppeling))["state"])


async def tell(kurve: Kurve) -> None:
    """What the worker does every minute: twice, as two of them would."""
    for _ in range(2):
        await run_worker(kurve.settings, with_crons=True)


def subjects(inbox: Mailbox) -> list[str]:
    assert all(mail.to == [CONTACT] for mail in inbox.mails)
    return [mail.subject.split(" voor ")[0] for mail in inbox.mails]


async def test_a_revoked_school_hears_it_after_an_hour_and_once(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox, age: Age
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    inbox.mails.clear()
    await somtoday.close(school)
    assert await look(alone, koppeling) == "revoked"
    await tell(alone)
    assert not inbox.mails
    await age(koppeling, timedelta(hours=1))
    await tell(alone)
    assert subjects(inbox) == ["De koppeling van Numo met Somtoday is ingetrokken"]
    await somtoday.open(school)
    assert await look(alone, koppeling) == "active"
    assert subjects(inbox)[1:] == ["De koppeling van Numo met Somtoday is actief"]


async def test_a_school_that_makes_it_anew_within_the_hour_hears_nothing(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox, age: Age
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    inbox.mails.clear()
    await somtoday.close(school)
    assert await look(alone, koppeling) == "revoked"
    await somtoday.open(school)
    assert await look(alone, koppeling) == "active"
    await age(koppeling, 2 * DAY)
    await tell(alone)
    assert not inbox.mails


async def test_a_hiccup_is_not_told_but_a_day_of_failing_is(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox, age: Age
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    inbox.mails.clear()
    await somtoday.connect.faults({"kind": "html_maintenance"})
    assert await look(alone, koppeling) == "degraded"
    await age(koppeling, DAY - timedelta(minutes=5))
    await tell(alone)
    assert not inbox.mails
    await age(koppeling, timedelta(minutes=5))
    await tell(alone)
    assert subjects(inbox) == ["De koppeling van Numo met Somtoday werkt nu niet"]
    assert "ligt de oorzaak niet bij uw school" in inbox.mails[0].text


async def test_an_end_is_told_30_and_7_days_ahead_and_when_it_is_there(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox, age: Age
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    inbox.mails.clear()
    for days in (31, 30, 7):
        await age(koppeling, DAY)
        await alone.requested(school, end_on=str(today() + days * DAY))
        await run_worker(alone.settings)
        await tell(alone)
    await alone.requested(school, end_on=str(today() - DAY))
    await run_worker(alone.settings)
    await tell(alone)
    ends = [f"{day:%-d}" for day in (today() + 30 * DAY, today() + 7 * DAY)]
    assert [words.split(" ")[9] for words in subjects(inbox)[:2]] == ends
    assert subjects(inbox)[2:] == ["De koppeling van Numo met Somtoday is afgelopen"]


async def test_a_mail_that_recovery_overtook_is_not_sent(
    alone: Kurve, school: School, somtoday: Somtoday, late: Late
) -> None:
    await somtoday.open(school)
    async with late.inbox(alone.settings) as box:
        koppeling = await alone.active(school)
        assert len(box.mails) == 1
    await somtoday.connect.faults({"kind": "html_maintenance"})
    await look(alone, koppeling)
    await late.age(koppeling, DAY)
    await tell(alone)
    assert await late.is_done(koppeling) is False
    await somtoday.connect.faults()
    assert await look(alone, koppeling) == "active"
    async with late.inbox(alone.settings) as box:
        await late.make_due(koppeling)
        await tell(alone)
        assert await late.is_done(koppeling) is True
    assert not box.mails


async def test_a_vestiging_that_stays_away_for_an_hour_is_told_once(
    alone: Kurve, add_school: Any, somtoday: Somtoday, inbox: Mailbox, age: Age
) -> None:
    school = await add_school(pupils=300)
    first, second = (site["brin6"] for site in school.sites[:2])
    await somtoday.open(school, vestigingen=[first, second])
    koppeling = await alone.active(school)
    inbox.mails.clear()
    await somtoday.open(school, vestigingen=[first])
    assert await look(alone, koppeling) == "active"
    await tell(alone)
    assert not inbox.mails
    await age(koppeling, timedelta(hours=1))
    await tell(alone)
    (mail,) = inbox.mails
    assert mail.subject.startswith("Minder vestigingen in de koppeling van Numo met Somtoday")
    assert f"- {school.sites[1]['naam']}" in mail.text
    assert school.sites[0]["naam"] not in mail.text
    await tell(alone)
    assert len(inbox.mails) == 1
    await somtoday.open(school, vestigingen=[first, second])
    assert await look(alone, koppeling) == "active"
    await tell(alone)
    assert len(inbox.mails) == 1

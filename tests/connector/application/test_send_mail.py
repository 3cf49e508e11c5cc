import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from deploy.local.inbox import Mailbox
from services.connector.settings import ConnectorSettings
from tests.connector.application.conftest import LookAt
from tests.connector.conftest import Somtoday
from tests.connector.kurve import CONTACT, Kurve, School, run_worker, working
from tests.fixtures.callers import settle

PassTime = Callable[[str], Awaitable[None]]
NewInbox = Callable[[ConnectorSettings], AbstractAsyncContextManager[Mailbox]]


@dataclass(frozen=True)
class Later:
    """What a test needs to let mails be late."""

    inbox: NewInbox
    outbox_of: LookAt
    make_due: PassTime


@pytest.fixture
def later(new_inbox: NewInbox, outbox_of: LookAt, make_due: PassTime) -> Later:
    return Later(new_inbox, outbox_of, make_due)


def active_text(school: School) -> str:
    return f"""Beste applicatiebeheerder,

De koppeling tussen Numo en Somtoday is actief voor {school.name} (BRIN {school.brin}).

De koppeling geldt voor deze vestiging:
- {school.sites[0]["naam"]} ({school.sites[0]["brin6"]})

Wat u nu kunt doen:
1. Log in bij Numo als beheerder.
2. Ga naar TOOLS | IMPORTEREN | SOMTODAY IMPORT.
3. Bekijk op het controlescherm wat er verandert en kies wat u wilt toevoegen, bijwerken of archiveren.
4. Klik op VERDER. Pas dan worden de gegevens in Numo gewijzigd.

Klopt de lijst met vestigingen niet? Pas de Connectkoppeling dan aan in Somtoday; u hoeft ons daarvoor niets te laten weten.

Heeft u vragen? Beantwoord dan gerust deze e-mail.

Met vriendelijke groet,
Kurve
"""  # noqa: E501 - the mail as it is sent


def received(box: Mailbox) -> Callable[[], Awaitable[bool]]:
    async def arrived() -> bool:
        return bool(box.mails)

    return arrived


async def look(kurve: Kurve, koppeling: str) -> None:
    await kurve.post(koppeling, "verify")
    await run_worker(kurve.settings)


async def test_an_activation_sends_exactly_the_confirmation(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox, outbox_of: LookAt
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    (mail,) = inbox.mails
    assert mail.to == [CONTACT]
    assert mail.sender == "Kurve <support@kurve.example>"
    assert mail.subject == f"De koppeling van Numo met Somtoday is actief voor {school.name}"
    assert mail.text == active_text(school)
    assert f"is <strong>actief</strong> voor {school.name} (BRIN {school.brin})" in mail.html
    entry = await outbox_of(koppeling)
    assert mail.message_id == f"<{entry['id']}@kurve.example>"
    assert entry["done_at"] is not None
    assert CONTACT not in str(entry)


async def test_a_school_hears_that_it_waits_and_then_that_it_is_active_each_once(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox
) -> None:
    koppeling = await alone.requested(school)
    await run_worker(alone.settings)
    await look(alone, koppeling)
    await somtoday.open(school)
    for _ in range(2):
        await look(alone, koppeling)
    waiting, active = inbox.mails
    assert waiting.subject.startswith("Nog één stap voor de koppeling van Numo met Somtoday")
    assert "klik op Koppeling aanmaken" in waiting.text
    assert active.text == active_text(school)


async def test_a_mail_server_that_is_away_gets_the_mail_when_it_is_back(
    alone: Kurve, school: School, somtoday: Somtoday, later: Later
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    entry = await later.outbox_of(koppeling)
    assert (entry["attempts"], entry["done_at"]) == (1, None)
    assert entry["last_error"] == "SMTPConnectError"
    assert entry["due_at"] > entry["created_at"]
    async with later.inbox(alone.settings) as box:
        await later.make_due(koppeling)
        await run_worker(alone.settings, with_crons=True)
        await run_worker(alone.settings, with_crons=True)
    assert [mail.text for mail in box.mails] == [active_text(school)]


async def test_a_worker_that_is_killed_in_mid_mail_loses_nothing(
    alone: Kurve, school: School, somtoday: Somtoday, later: Later
) -> None:
    await somtoday.open(school)
    koppeling = await alone.requested(school)
    connected = asyncio.Event()

    async def never_greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(never_greets, "127.0.0.1", alone.settings.smtp_port)
    async with silent:
        worker = await start_worker(alone.settings)
        try:
            await asyncio.wait_for(connected.wait(), 60)
        finally:
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
    assert (await alone.show(koppeling))["state"] == "active"
    killed = await later.outbox_of(koppeling)
    assert (killed["attempts"], killed["done_at"], killed["last_error"]) == (1, None, None)
    async with later.inbox(alone.settings) as box:
        await later.make_due(koppeling)
        # Redis still holds the job of the dead worker, so the queue does not become empty.
        async with working(alone.settings):
            await settle(received(box))
    (mail,) = box.mails
    assert mail.text == active_text(school)
    assert mail.message_id == f"<{killed['id']}@kurve.example>"


async def start_worker(settings: ConnectorSettings) -> asyncio.subprocess.Process:
    """The connector's worker as a process, told by its environment alone."""
    given = {
        f"CONNECTOR_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in settings
        if value is not None
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "arq", "services.connector.worker.WorkerSettings"),
        env={**os.environ, **given},
        stderr=asyncio.subprocess.DEVNULL,
    )


async def test_a_confirmation_that_a_pause_overtook_is_sent_after_all(
    alone: Kurve, school: School, somtoday: Somtoday, later: Later
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    await alone.post(koppeling, "pause")
    async with later.inbox(alone.settings) as box:
        await later.make_due(koppeling)
        await run_worker(alone.settings, with_crons=True)
        assert not box.mails
        await alone.post(koppeling, "resume")
        await run_worker(alone.settings)
        await settle(received(box))
    assert [mail.text for mail in box.mails] == [active_text(school)]


async def test_a_late_mail_still_says_what_the_school_has_to_do(
    alone: Kurve, school: School, somtoday: Somtoday, later: Later
) -> None:
    koppeling = await alone.requested(school)
    await run_worker(alone.settings)
    await somtoday.connect.faults({"kind": "html_maintenance"})
    await look(alone, koppeling)
    assert (await alone.show(koppeling))["problem"] == "source_unavailable"
    async with later.inbox(alone.settings) as box:
        await later.make_due(koppeling)
        await run_worker(alone.settings, with_crons=True)
    (mail,) = box.mails
    assert "klik op Koppeling aanmaken" in mail.text

"""A school hears from the connector that its scheduled import stopped, and why."""

from deploy.local.inbox import Mailbox
from shared.clock import today
from shared.database import Database
from shared.mail.templates import dutch_date
from shared.outbox.publish import IMPORT_NIGHT_STOPPED, publish
from tests.connector.conftest import Somtoday
from tests.connector.kurve import CONTACT, Kurve, School, run_worker

WHY = ["10 van de 40 leerlingen zouden worden gearchiveerd.", "Vestiging 99ZY01 komt niet voor."]


async def _stopped(owner: Database, kurve: Kurve, school: School, outcome: str) -> None:
    facts = {
        "school_id": str(school.id),
        "product": kurve.product,
        "night": today().isoformat(),
        "outcome": outcome,
        "why": WHY,
    }
    async with owner.transaction() as connection:
        await publish(connection, "importer", IMPORT_NIGHT_STOPPED, school.id, facts)


async def test_a_school_is_mailed_why_its_night_stopped_unless_its_koppeling_is_over(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox, owner: Database
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    inbox.mails.clear()
    await _stopped(owner, alone, school, "held")
    await _stopped(owner, alone, school, "failed")
    await run_worker(alone.settings, with_crons=True)
    held, failed = [mail for mail in inbox.mails if "automatische import" in mail.subject]
    for mail in (held, failed):
        assert mail.to == [CONTACT]
        assert dutch_date(today()) in mail.text
        assert all(f"- {sentence}" in mail.text for sentence in WHY)
        assert "er is niets gewijzigd" in mail.text
    assert held.subject.startswith("De automatische import wacht op u: ")
    assert "klikt u op VERDER" in held.text
    assert failed.subject.startswith("De automatische import is niet gelukt: ")
    assert "VERDER" not in failed.text
    inbox.mails.clear()
    await alone.post(koppeling, "end", reason="afgelopen")
    await _stopped(owner, alone, school, "failed")
    await run_worker(alone.settings, with_crons=True)
    assert not [mail for mail in inbox.mails if "automatische import" in mail.subject]

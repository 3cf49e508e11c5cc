"""A school hears from the connector what the importer asks of it, once, and nobody by name."""

from datetime import date, timedelta

from deploy.local.inbox import Mailbox
from shared.clock import today
from shared.database import Database
from shared.mail.templates import dutch_date
from shared.outbox.publish import KOPPELING_END_REMINDED, publish
from tests.connector.conftest import Somtoday
from tests.connector.kurve import CONTACT, Kurve, School, run_worker


async def _asked(owner: Database, kurve: Kurve, school: School, reminder: str, day: date) -> None:
    facts = {
        "school_id": str(school.id),
        "product": kurve.product,
        "reminder": reminder,
        "answer_by": day.isoformat(),
        "pupils": 1700,
        "employees": 150,
    }
    async with owner.transaction() as connection:
        await publish(connection, "importer", KOPPELING_END_REMINDED, school.id, facts)
    await run_worker(kurve.settings, with_crons=True)


async def test_a_school_is_mailed_what_it_is_asked_while_its_koppeling_is_over(
    alone: Kurve, school: School, somtoday: Somtoday, inbox: Mailbox, owner: Database
) -> None:
    await somtoday.open(school)
    koppeling = await alone.active(school)
    inbox.mails.clear()
    day = today() + timedelta(days=7)
    await _asked(owner, alone, school, "before", day)
    assert not inbox.mails, "it is active"
    await alone.post(koppeling, "end", reason="afgelopen")
    await _asked(owner, alone, school, "before", day)
    await _asked(owner, alone, school, "on_the_day", day)
    before, on_the_day = [mail for mail in inbox.mails if "antwoord" in mail.subject]
    assert before.to == [CONTACT]
    assert before.subject.startswith("Graag uw antwoord over de leerlingen en medewerkers van")
    assert on_the_day.subject.startswith("Vandaag nog graag uw antwoord over")
    for mail in (before, on_the_day):
        assert "1700 leerlingen en 150 medewerkers" in mail.text
        assert dutch_date(day) in mail.text
        assert "dan verandert er niets" in mail.text
    assert before.message_id != on_the_day.message_id

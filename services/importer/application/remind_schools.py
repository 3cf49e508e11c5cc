"""Have schools mailed that were asked something and did not answer: before the day, and on it."""

from datetime import date, timedelta
from uuid import UUID

from services.importer.domain.koppeling_end import DAYS_BEFORE, Standing, due_reminder
from services.importer.store.koppeling_ends import (
    count_from_somtoday,
    find_asked,
    list_asked,
    save_reminded,
)
from shared.database import Database
from shared.outbox.publish import KOPPELING_END_REMINDED, publish
from shared.telemetry import OPEN_QUESTIONS

_SERVICE = "importer"


async def remind_schools(database: Database, product: str, day: date) -> None:
    """Write every reminder that is due; the connector, which knows whom to mail, mails.

    Can be killed anywhere and run again, and by several workers at once: that it was written is
    noted in the transaction that writes it. To the people nothing happens, answer or no answer.
    """
    async with database.transaction() as connection:
        asked = await list_asked(connection)
    open_ones = [one for one in asked if one.standing is Standing.OPEN and one.question]
    late = sum(one.question is not None and one.question.answer_by < day for one in open_ones)
    OPEN_QUESTIONS.labels("late").set(late)
    OPEN_QUESTIONS.labels("in_time").set(len(open_ones) - late)
    soon = day + timedelta(days=DAYS_BEFORE)
    for one in open_ones:
        if one.question is not None and one.question.answer_by <= soon:
            await _remind(database, product, one.school_id, day)


async def _remind(database: Database, product: str, school_id: UUID, day: date) -> None:
    async with database.transaction(school_id) as connection:
        asked = await find_asked(connection, school_id, lock=True)
        if asked is None or asked.question is None:
            return
        due = due_reminder(asked.question, asked.standing, asked.reminded, day)
        if due is None:
            return
        await save_reminded(connection, school_id, [*asked.reminded, due])
        counts = await count_from_somtoday(connection, school_id)
        facts = {
            "school_id": str(school_id),
            "product": product,
            "reminder": due.value,
            "answer_by": asked.question.answer_by.isoformat(),
            "pupils": counts.get("pupil", 0),
            "employees": counts.get("employee", 0),
        }
        await publish(connection, _SERVICE, KOPPELING_END_REMINDED, school_id, facts)

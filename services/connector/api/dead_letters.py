"""Dead letters: what the connector gave up, seen and sent again by ops."""

from services.connector.application.visible_subjects import visible_subjects
from services.connector.application.write_mails import SERVICE
from shared.auth.dependencies import Ops
from shared.outbox.dead_letter_api import dead_letters_router
from shared.outbox.dead_letters import Subjects


async def _visible(ops: Ops) -> Subjects | None:
    return visible_subjects(ops.product)


router = dead_letters_router(SERVICE, _visible, drain_job="drain_outbox")

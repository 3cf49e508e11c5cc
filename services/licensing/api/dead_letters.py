"""Dead letters: the mails, webhooks and events that licensing gave up, tried again by ops."""

from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.outbox.dead_letter_api import dead_letters_router
from shared.outbox.dead_letters import Subjects


async def _visible(ops: Ops) -> Subjects | None:
    # What they are about (a pool, a delivery) lies behind row-level security, product and all.
    if ops.product is not None:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    return None


router = dead_letters_router("licensing", _visible, drain_job="drain_outbox")

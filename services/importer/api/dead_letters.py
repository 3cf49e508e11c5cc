"""Dead letters: what the importer heard of and could not take in, tried again by ops."""

from services.importer.api.dependencies import AppParts
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.outbox.dead_letter_api import dead_letters_router
from shared.outbox.dead_letters import Subjects


async def _visible(ops: Ops, parts: AppParts) -> Subjects | None:
    if ops.product not in {None, parts.settings.product}:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    return None


router = dead_letters_router("importer", _visible, drain_job="drain_outbox")

"""A batch of starts: each item parsed, recorded and answered as if it had been sent alone."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from services.licensing.api.use_models import BatchAnswer, BatchedUse, BatchResult, UseResource
from services.licensing.application.start_use import refusal_of, start_uses
from services.licensing.domain.start import Caller, KeyedStart
from shared.auth.acting import Acting
from shared.auth.principal import User
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.problem_handlers import Problem, invalid_request, problem_document

_CREATED = 201


async def answer_batch(database: Database, acting: Acting, items: Sequence[Any]) -> BatchAnswer:
    """One result for each item, in their order.

    Raises:
        Refusal: unavailable, for all of them.

    """
    parsed = [_parsed(item, acting) for item in items]
    starts = [one for one in parsed if isinstance(one, KeyedStart)]
    records = iter(await start_uses(database, starts))
    results = []
    for one in parsed:
        if isinstance(one, Refusal):
            results.append(_refused(one))
            continue
        record = next(records)
        refusal = refusal_of(record)
        results.append(
            BatchResult(status=_CREATED, use=UseResource.of(one.start, record))
            if refusal is None
            else _refused(refusal)
        )
    return BatchAnswer(results=results)


def _parsed(item: object, acting: Acting) -> KeyedStart | Refusal:
    try:
        body = BatchedUse.model_validate(item, strict=False)
    except ValidationError as error:
        return invalid_request(error)
    if isinstance(acting.principal, User) and acting.principal.person_id != body.person_id:
        return Refusal(ErrorCode.PERSON_UNKNOWN)
    asked = body.asked()
    caller = Caller(acting.school_id, acting.only_product)
    return KeyedStart(asked, asked.key(body.idempotency_key), caller)


def _refused(refusal: Refusal) -> BatchResult:
    return BatchResult(
        status=int(refusal.error.value.status), problem=Problem(**problem_document(refusal))
    )

"""Many koppelingen asked for at once."""

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field, ValidationError, WithJsonSchema

from services.connector.api.koppelingen import wanted_by
from services.connector.api.models import KoppelingBody, KoppelingResource
from services.connector.application.request_koppeling import WantedKoppeling
from services.connector.application.request_many import Outcome, request_many
from shared.app_parts import OwnDatabase, Queue
from shared.auth.dependencies import Ops
from shared.auth.principal import ApiCaller
from shared.errors.codes import ErrorCode
from shared.errors.field_messages import field_message
from shared.errors.refusal import FieldError, Refusal
from shared.idempotency.first_answer import IdempotencyKey
from shared.problem_handlers import Problem, problem

router = APIRouter(tags=["koppelingen"])
_MOST_ROWS = 500
# A row of nothing but mistakes must not make an answer that is larger than itself.
_MOST_FIELDS = 20
_LONGEST_FIELD = 100
# Any value: what is wrong with one row is said at that row, and refuses no other.
_Row = Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/KoppelingBody"})]


class BulkRow(BaseModel):
    """What became of one row: a koppeling or a problem."""

    row: int = Field(description="its place in the list, from 0", examples=[0])
    requested: bool = Field(description="asked for just now; false when there was one, or refused")
    koppeling: KoppelingResource | None = None
    problem: Problem | None = None


class BulkAnswer(BaseModel):
    """What became of each row, in their order."""

    rows: list[BulkRow]


@router.post(
    "/v1/koppelingen:bulk",
    summary="Ask for many koppelingen",
    operation_id="request_koppelingen",
)
async def ask_many(
    *,
    body: Annotated[list[_Row], Body(min_length=1, max_length=_MOST_ROWS)],
    ops: Ops,
    database: OwnDatabase,
    queue: Queue,
    idempotency_key: IdempotencyKey = None,
) -> BulkAnswer:
    """Ask for each koppeling as `POST /v1/koppelingen` does; a row that is refused stops no other.

    Sending the same list again finds what there is, so a call that was cut off is repeated whole.
    """
    outcomes = await request_many(
        (_wanted(row, ops) for row in body),
        database=database,
        queue=queue,
        actor=ops.audit_name,
        idempotency_key=idempotency_key,
    )
    return BulkAnswer(rows=[_shown(number, found) for number, found in enumerate(outcomes)])


def _wanted(row: object, ops: ApiCaller) -> WantedKoppeling | Refusal:
    try:
        return wanted_by(KoppelingBody.model_validate(row), ops)
    except ValidationError as error:
        found = islice(error.errors(), _MOST_FIELDS)
        fields = tuple(FieldError(_field_of(item["loc"]), field_message(item)) for item in found)
        return Refusal(ErrorCode.INVALID_REQUEST, errors=fields)
    except Refusal as refusal:
        return refusal


def _field_of(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))[:_LONGEST_FIELD] or "row"


def _shown(number: int, outcome: Outcome) -> BulkRow:
    if isinstance(outcome, Refusal):
        found = Problem.model_validate_json(bytes(problem(outcome).body))
        return BulkRow(row=number, requested=False, problem=found)
    koppeling, requested = outcome
    shown = KoppelingResource.model_validate(koppeling)
    return BulkRow(row=number, requested=requested, koppeling=shown)

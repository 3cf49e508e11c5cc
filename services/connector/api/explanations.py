"""Why is this pupil not in Numo? For ops, on the phone with a school."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.connector.api.dependencies import Source
from services.connector.application.explain_pupil import Question, explain_pupil
from services.connector.domain.explanation import Cause, Certainty
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/koppelingen/{koppeling_id}", tags=["koppelingen"])
# Somtoday's leerlingnummer is a whole number; Magister writes it with leading zeros.
PupilNumber = Annotated[
    str, Query(pattern="^[0-9]{1,12}$", alias="leerlingnummer", examples=["100231"])
]


class FindingResource(BaseModel):
    """One reason, and how sure it is."""

    model_config = ConfigDict(from_attributes=True)

    cause: Cause = Field(examples=["outside_doelgroep"])
    certainty: Certainty = Field(examples=["likely"])
    vestiging: str | None = Field(examples=["Waterkant College Noord"])
    detail: str = Field(
        description="Dutch", examples=["De leerling valt buiten de doelgroep die de school koos."]
    )


class ExplanationResource(BaseModel):
    """Every reason that applies, the likeliest first; nobody's name."""

    findings: list[FindingResource]


@router.get(
    "/explain",
    summary="Explain why a pupil is or is not in the roster",
    operation_id="explain_pupil",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def explain(
    koppeling_id: UUID, leerlingnummer: PupilNumber, ops: Ops, source: Source
) -> ExplanationResource:
    """Look at Somtoday now; nothing of the pupil is stored."""
    asked = Question(koppeling_id, int(leerlingnummer), ops.product)
    found = await explain_pupil(source, asked)
    return ExplanationResource(findings=[FindingResource.model_validate(one) for one in found])

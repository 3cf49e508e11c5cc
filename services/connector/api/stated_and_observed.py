"""What was stated of a koppeling beside what Somtoday shows of it."""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.connector.api.models import DoelgroepResource
from services.connector.application.stated_and_observed import compare
from services.connector.domain.datavelden import Dataveld
from services.connector.domain.disagreement import Finding
from services.connector.domain.observation import Trait
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.problem_handlers import problem_responses
from shared.roster.document import PersonRole

router = APIRouter(prefix="/v1/koppelingen/{koppeling_id}", tags=["koppelingen"])
_ID = "93c51698-b81a-4aa5-a7e1-6422d2128fc4"
_MOMENT = "2026-11-24T15:04:05Z"


class _Resource(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class StatedResource(_Resource):
    """What school or ops said; null limits nothing."""

    doelgroep: DoelgroepResource
    datavelden: list[Dataveld] | None
    begin_on: date | None
    end_on: date | None


class SeenVestigingResource(_Resource):
    """A vestiging that was ever seen open."""

    somtoday_id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["Waterkant College Noord"])
    codes: list[str] = Field(examples=[["99ZY00"]])
    is_open: bool = Field(description="at the last verification")
    first_seen_at: datetime = Field(examples=[_MOMENT])
    last_seen_at: datetime = Field(examples=[_MOMENT])


class SeenDataveldResource(_Resource):
    """A veldpermissie: whether a dataveld may be read of a role in a vestiging."""

    somtoday_id: UUID = Field(examples=[_ID], description="of the vestiging")
    role: PersonRole
    dataveld: Dataveld
    permitted: bool
    first_seen_at: datetime = Field(examples=[_MOMENT])
    changed_at: datetime = Field(examples=[_MOMENT], description="since when it is so")
    last_seen_at: datetime = Field(examples=[_MOMENT])


class SeenTraitResource(_Resource):
    """An onderwijssoort, leerjaar or vak that a roster came with."""

    somtoday_id: UUID = Field(examples=[_ID], description="of the vestiging")
    trait: Trait
    word: str = Field(examples=["HAVO"])
    first_seen_at: datetime = Field(examples=[_MOMENT])
    last_seen_at: datetime = Field(examples=[_MOMENT])


class CandidateResource(_Resource):
    """An organisation that the school may be; ops choose with POST …/organisation."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["Waterkant College"])
    brins: list[str] = Field(examples=[["99ZY"]])


class ObservedResource(_Resource):
    """What Somtoday showed; of nobody in particular."""

    vestigingen: list[SeenVestigingResource]
    datavelden: list[SeenDataveldResource]
    traits: list[SeenTraitResource]
    last_refused_at: datetime | None = Field(description="the last 401")
    last_roster_at: datetime | None = Field(description="when a roster was last read whole")
    candidates: list[CandidateResource] = Field(
        description="the organisations it may be, while that is not clear"
    )


class DisagreementResource(_Resource):
    """One difference between the two."""

    code: Finding = Field(examples=["vestiging_vanished"])
    is_warning: bool = Field(description="whether somebody has to do something")
    vestiging: str | None = Field(examples=["Waterkant College Noord"])
    subject: str | None = Field(description="what it is about, e.g. a dataveld or a vak")
    role: PersonRole | None
    since: datetime | None = Field(examples=[_MOMENT])
    detail: str = Field(
        description="Dutch",
        examples=["Vestiging Waterkant College Noord stond open in Somtoday, maar nu niet meer."],
    )


class ComparisonResource(_Resource):
    """Both sides, and where they differ, warnings first."""

    stated: StatedResource
    observed: ObservedResource
    disagreements: list[DisagreementResource]


@router.get(
    "/stated-and-observed",
    summary="Compare what was stated with what Somtoday shows",
    operation_id="show_stated_and_observed",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def show(koppeling_id: UUID, ops: Ops, database: OwnDatabase) -> ComparisonResource:
    """As of the last verification and the last roster; Somtoday is not asked."""
    return ComparisonResource.model_validate(await compare(database, koppeling_id, ops.product))

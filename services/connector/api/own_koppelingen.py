"""How a school's own koppelingen stand, for the Numo frontend to show."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.connector.application.read_own_koppelingen import read_own_koppelingen
from services.connector.domain.koppeling import State
from services.connector.domain.school_messages import school_message
from shared.app_parts import OwnDatabase
from shared.auth.acting import Acting, acting
from shared.auth.principal import Role, Scope

router = APIRouter(prefix="/v1/own-koppelingen", tags=["koppelingen"])
Looking = Annotated[Acting, Depends(acting(Role.SCHOOLBEHEERDER, scopes=frozenset({Scope.OPS})))]


class OwnKoppelingResource(BaseModel):
    """A koppeling in the words that its school reads."""

    model_config = ConfigDict(from_attributes=True)

    product: str = Field(examples=["numo"])
    product_name: str = Field(examples=["Numo"])
    state: State = Field(examples=["active"])
    message: str = Field(
        description="for the screen, Dutch", examples=[school_message(State.ACTIVE, "Numo")]
    )
    can_import: bool = Field(description="whether a roster may be fetched today")
    begin_on: date | None
    end_on: date | None
    last_verified_at: datetime | None


class OwnKoppelingen(BaseModel):
    """All of a school's koppelingen: one per product, so there is no paging."""

    items: list[OwnKoppelingResource]


@router.get("", summary="Show a school its own koppelingen", operation_id="list_own_koppelingen")
async def list_own(caller: Looking, database: OwnDatabase) -> OwnKoppelingen:
    """What a schoolbeheerder sees: the state in Dutch words, and whether importing is possible."""
    found = await read_own_koppelingen(database, caller.school_id, caller.only_product)
    return OwnKoppelingen(items=[OwnKoppelingResource.model_validate(one) for one in found])

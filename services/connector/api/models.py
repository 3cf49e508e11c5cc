"""What goes over the wire of the connector's API."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from services.connector.api.fields import ProductCode
from services.connector.domain.datavelden import Dataveld
from services.connector.domain.koppeling import State
from services.connector.domain.period import DATES_NOT_IN_ORDER, Period
from shared.ids import Brin, VestigingCode
from shared.mail.address import Address
from shared.one_line import OneLine, OneLineSecret

_ID = "01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10"
_MOST = 100
_MOMENT = "2026-11-24T15:04:05Z"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProductBody(_Body):
    """A product as ops state it; the secret is stored encrypted and never shown."""

    name: OneLine = Field(examples=["Numo"])
    somtoday_client_id: OneLine = Field(examples=["numo-productie"])
    somtoday_client_secret: OneLineSecret = Field(examples=["from-somtoday"])
    required_datavelden: list[Dataveld] = Field(examples=[["roepnaam", "achternaam"]])
    optional_datavelden: list[Dataveld] = Field([], examples=[["emailadres"]])

    @field_validator("optional_datavelden")
    @classmethod
    def _not_required_too(cls, value: list[Dataveld], info: ValidationInfo) -> list[Dataveld]:
        if set(value) & set(info.data.get("required_datavelden", ())):
            msg = "een dataveld is verplicht of optioneel, niet allebei"
            raise ValueError(msg)
        return value


class ProductResource(BaseModel):
    """A product, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["numo"])
    name: str = Field(examples=["Numo"])
    somtoday_client_id: str = Field(examples=["numo-productie"])
    required_datavelden: list[Dataveld] = Field(examples=[["roepnaam", "achternaam"]])
    optional_datavelden: list[Dataveld] = Field(examples=[["emailadres"]])


class DoelgroepBody(_Body):
    """Whom the koppeling is about, as agreed; null is all."""

    vestigingen: list[VestigingCode] | None = Field(
        None, min_length=1, max_length=_MOST, examples=[["99ZY00"]], description="by BRIN6"
    )
    onderwijssoorten: list[OneLine] | None = Field(
        None, min_length=1, max_length=_MOST, examples=[["HAVO", "VWO"]]
    )
    leerjaren: list[Annotated[int, Field(ge=1, le=6)]] | None = Field(
        None, min_length=1, max_length=_MOST, examples=[[3, 4]]
    )
    vakken: list[OneLine] | None = Field(
        None, min_length=1, max_length=_MOST, examples=[["bio"]], description="by abbreviation"
    )


class DoelgroepResource(BaseModel):
    """Whom the koppeling is about, as agreed; null is all."""

    model_config = ConfigDict(from_attributes=True)

    vestigingen: list[str] | None
    onderwijssoorten: list[str] | None
    leerjaren: list[int] | None
    vakken: list[str] | None


def stated_columns(given: dict[str, Any]) -> dict[str, Any]:
    """What a body states, by column; `given` holds only what the caller wrote.

    Inside `doelgroep` too, what is left out stays, and null takes a limit away (RFC 7396).
    """
    columns: dict[str, Any] = {
        name: given[name] for name in ("begin_on", "end_on") if name in given
    }
    if "datavelden" in given:
        columns["stated_datavelden"] = _once(given["datavelden"])
    if "doelgroep" in given:
        all_gone = dict.fromkeys(DoelgroepBody.model_fields)
        limits = all_gone if given["doelgroep"] is None else given["doelgroep"]
        columns |= {f"stated_{name}": _once(limit) for name, limit in limits.items()}
    return columns


def _once(words: list[Any] | None) -> list[Any] | None:
    return None if words is None else sorted(set(words))


class KoppelingBody(_Body):
    """A koppeling as ops ask for it."""

    product: ProductCode = Field(examples=["numo"])
    school_name: OneLine = Field(examples=["Waterkant College"])
    brin: Brin = Field(examples=["99ZY"])
    contact_email: Address = Field(examples=["applicatiebeheer@waterkant.example"])
    begin_on: date | None = Field(None, description="first day, if one was agreed")
    end_on: date | None = Field(None, description="last day, inclusive, if one was agreed")
    doelgroep: DoelgroepBody | None = Field(None, description="null is everybody")
    datavelden: list[Dataveld] | None = Field(
        None,
        max_length=_MOST,
        examples=[["emailadres"]],
        description="which of the product's optional datavelden; null is all that Somtoday permits",
    )

    @field_validator("end_on")
    @classmethod
    def _not_before_begin(cls, value: date | None, info: ValidationInfo) -> date | None:
        if not Period(info.data.get("begin_on"), value).is_in_order:
            raise ValueError(DATES_NOT_IN_ORDER)
        return value


class VestigingResource(BaseModel):
    """A vestiging that the school opened for the product."""

    model_config = ConfigDict(from_attributes=True)

    codes: list[str] = Field(description="vestigingscodes (BRIN6)", examples=[["99ZY00"]])
    name: str = Field(examples=["Waterkant College Noord"])


class KoppelingResource(BaseModel):
    """A koppeling: what was stated, and what Somtoday showed when it was last verified."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[_ID])
    school_id: UUID = Field(examples=[_ID])
    school_name: str = Field(examples=["Waterkant College"])
    brin: str = Field(examples=["99ZY"])
    product: str = Field(examples=["numo"])
    state: State = Field(examples=["active"])
    contact_email: str = Field(examples=["applicatiebeheer@waterkant.example"])
    begin_on: date | None
    end_on: date | None
    doelgroep: DoelgroepResource = Field(description="as stated; null is all")
    datavelden: list[Dataveld] | None = Field(description="as stated; null is all optional ones")
    organisation_id: UUID | None = Field(description="Somtoday's id of the school")
    vestigingen: list[VestigingResource]
    last_verified_at: datetime | None = Field(examples=[_MOMENT])
    problem: str | None = Field(description="code of what is wrong now", examples=["not_opened"])
    requested_at: datetime = Field(examples=[_MOMENT])


class EndBody(_Body):
    """Why a koppeling ends."""

    reason: Annotated[OneLine, Field(examples=["Contract opgezegd"])]


class OrganisationBody(_Body):
    """Which of the candidates the school is."""

    organisation_id: UUID = Field(examples=[_ID], description="Somtoday's id")


class EventResource(BaseModel):
    """One transition of a koppeling, or what was stated or chosen between two."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[_ID])
    at: datetime = Field(examples=[_MOMENT])
    from_state: State | None = Field(examples=["waiting"])
    to_state: State = Field(examples=["active"])
    event: str = Field(examples=["confirmed"])
    actor: str = Field(examples=["connector"])
    reason: str | None
    changed: list[str] | None = Field(
        description="fields that ops stated anew; null for a transition", examples=[["end_on"]]
    )

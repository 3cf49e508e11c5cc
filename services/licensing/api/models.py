"""What goes over the wire of the licensing API."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from services.licensing.domain.start import ActivityKind
from shared.clock import Schooljaar
from shared.one_line import OneLine

_ID = "01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10"
_MOST_LICENSES = 1_000_000
# No license is older than Numo; and a date at the calendar's edge has no UTC.
_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


def _in_our_notation(written: str) -> str:
    try:
        return str(Schooljaar.parse(written))
    except ValueError:
        msg = "een schooljaar schrijft u als 2026-2027"
        raise ValueError(msg) from None


SchooljaarText = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}[-/][0-9]{4}$"), AfterValidator(_in_our_notation)
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LicenseProductBody(_Body):
    """What a license covers."""

    name: OneLine = Field(examples=["Numo rekenen"])
    product: Code = Field(description="Kurve's product", examples=["numo"])
    leergebied: OneLine | None = Field(
        None, description="null: all of the product", examples=["rekenen"]
    )


class LicenseProductResource(LicenseProductBody):
    """A license product."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["numo-rekenen"])


class GrantBody(_Body):
    """Licenses for a school; a negative amount is a correction."""

    school_id: UUID = Field(examples=[_ID])
    license_product: Code = Field(examples=["numo-rekenen"])
    schooljaar: SchooljaarText = Field(examples=["2026-2027"])
    amount: int = Field(ge=-_MOST_LICENSES, le=_MOST_LICENSES, examples=[120])
    reason: OneLine = Field(description="e.g. an order number", examples=["order 2026-0412"])


class PoolResource(BaseModel):
    """What a school has for a schooljaar, and what it has used."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[_ID])
    school_id: UUID = Field(examples=[_ID])
    license_product: str = Field(examples=["numo-rekenen"])
    schooljaar: str = Field(examples=["2026-2027"])
    granted: int = Field(examples=[120])
    used: int = Field(examples=[37])
    left: int = Field(examples=[83])


class GrantResource(BaseModel):
    """A grant that was entered, and what its pool then held."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[_ID])
    pool: PoolResource


class UseBody(_Body):
    """A pupil starts a sprongtoets or an oefening."""

    person_id: UUID = Field(examples=[_ID])
    license_product: Code = Field(examples=["numo-rekenen"])
    activity_kind: ActivityKind = Field(examples=["sprongtoets"])
    activity_id: OneLine = Field(description="opaque to us", examples=["breuken-1"])
    started_at: AwareDatetime = Field(
        ge=_EARLIEST,
        lt=_LATEST,
        description="when the pupil pressed start, also if this call comes later; it decides the "
        "schooljaar",
        examples=["2026-11-24T08:30:00Z"],
    )


class UseResource(UseBody):
    """A start and the license that covers it, as it was first answered."""

    model_config = ConfigDict(extra="ignore")

    id: UUID = Field(examples=[_ID])
    license_id: UUID = Field(examples=[_ID])
    schooljaar: str = Field(examples=["2026-2027"])
    license_used_now: bool = Field(
        description="whether this was the pupil's first start under the license"
    )
    licenses_left: int = Field(description="in the pool, at that moment", examples=[83])

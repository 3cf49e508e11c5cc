"""What goes over the wire of the licensing API."""

from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from services.licensing.domain.pool import MOST_OVERDRAFT
from shared.clock import Schooljaar
from shared.one_line import OneLine

ID_EXAMPLE = "01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10"
_MOST_LICENSES = 1_000_000
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


class RequestBody(BaseModel):
    """A body whose every field is known: a misspelt one is refused, not lost."""

    model_config = ConfigDict(extra="forbid")


class LicenseProductBody(RequestBody):
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


class GrantBody(RequestBody):
    """Licenses for a school; a negative amount is a correction."""

    school_id: UUID = Field(examples=[ID_EXAMPLE])
    license_product: Code = Field(examples=["numo-rekenen"])
    schooljaar: SchooljaarText = Field(examples=["2026-2027"])
    amount: int = Field(ge=-_MOST_LICENSES, le=_MOST_LICENSES, examples=[120])
    reason: OneLine = Field(description="e.g. an order number", examples=["order 2026-0412"])


class PoolResource(BaseModel):
    """What a school has for a schooljaar, and what it has used."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[ID_EXAMPLE])
    school_id: UUID = Field(examples=[ID_EXAMPLE])
    license_product: str = Field(examples=["numo-rekenen"])
    schooljaar: str = Field(examples=["2026-2027"])
    granted: int = Field(examples=[120])
    used: int = Field(examples=[37])
    left: int = Field(examples=[83])
    overdraft: int = Field(
        description="how many more than granted may be used; 0 blocks when none is left",
        examples=[0],
    )
    overdrawn_by: int = Field(description="used beyond what was granted", examples=[0])


class OverdraftBody(RequestBody):
    """How far a pool may go below zero."""

    limit: int = Field(
        ge=0,
        le=MOST_OVERDRAFT,
        description="licenses that may be used beyond what was granted; 0 blocks when none is left",
        examples=[20],
    )


class GrantResource(BaseModel):
    """A grant that was entered, and what its pool then held."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=[ID_EXAMPLE])
    pool: PoolResource

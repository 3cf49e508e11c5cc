"""What goes over the wire of starts."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, SkipValidation, model_validator

from services.licensing.api.models import ID_EXAMPLE, Code, RequestBody
from services.licensing.domain.start import ActivityKind, Start, UseRecord
from shared.one_line import OneLine
from shared.problem_handlers import Problem

MOST_TOGETHER = 500
# No license is older than Numo; and a date at the calendar's edge has no UTC.
_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class UseBody(RequestBody):
    """A pupil starts a sprongtoets or an oefening."""

    person_id: UUID = Field(examples=[ID_EXAMPLE])
    license_product: Code | None = Field(
        None,
        description="what must cover it; or give `product`, and any license product that does",
        examples=["numo-rekenen"],
    )
    product: Code | None = Field(None, description="Kurve's product", examples=["numo"])
    leergebied: OneLine | None = Field(
        None, description="that the license must cover", examples=["rekenen"]
    )
    activity_kind: ActivityKind = Field(examples=["sprongtoets"])
    activity_id: OneLine = Field(description="opaque to us", examples=["breuken-1"])
    started_at: AwareDatetime = Field(
        ge=_EARLIEST,
        lt=_LATEST,
        description="when the pupil pressed start, also if this call comes later; it decides the "
        "schooljaar",
        examples=["2026-11-24T08:30:00Z"],
    )

    @model_validator(mode="after")
    def _covered_by_one_or_any(self) -> Self:
        if (self.license_product is None) == (self.product is None):
            msg = "geef license_product of product, en niet allebei"
            raise ValueError(msg)
        return self

    def asked(self) -> Start:
        """The start, in the domain's words."""
        return Start(
            person_id=self.person_id,
            license_product=self.license_product,
            activity_kind=self.activity_kind,
            activity_id=self.activity_id,
            started_at=self.started_at,
            product=self.product,
            leergebied=self.leergebied,
        )


class UseResource(BaseModel):
    """A start and the license that covers it, as it was first answered."""

    id: UUID = Field(examples=[ID_EXAMPLE])
    person_id: UUID = Field(examples=[ID_EXAMPLE])
    license_id: UUID = Field(examples=[ID_EXAMPLE])
    license_product: str = Field(description="what covers it", examples=["numo-rekenen"])
    leergebied: str | None = Field(description="that was asked for", examples=["rekenen"])
    schooljaar: str = Field(examples=["2026-2027"])
    activity_kind: ActivityKind = Field(examples=["sprongtoets"])
    activity_id: str = Field(examples=["breuken-1"])
    started_at: datetime = Field(examples=["2026-11-24T08:30:00Z"])
    license_used_now: bool = Field(
        description="whether this was the pupil's first start under the license"
    )
    licenses_left: int = Field(description="in the pool, at that moment", examples=[83])
    overdrawn_by: int = Field(
        description="licenses used beyond what was granted, at that moment", examples=[0]
    )

    @classmethod
    def of(cls, asked: Start, record: UseRecord) -> Self:
        """The answer to a start that was recorded."""
        left = record.licenses_left or 0
        return cls.model_validate(
            {
                "id": record.use_id,
                "person_id": asked.person_id,
                "license_id": record.license_id,
                "license_product": record.license_product,
                "leergebied": asked.leergebied,
                "schooljaar": str(asked.schooljaar),
                "activity_kind": asked.activity_kind,
                "activity_id": asked.activity_id,
                "started_at": asked.started_at,
                "license_used_now": record.license_used_now,
                "licenses_left": max(left, 0),
                "overdrawn_by": max(-left, 0),
            }
        )


class BatchedUse(UseBody):
    """A start that could not be sent when it happened, with the key it was kept under."""

    idempotency_key: OneLine | None = Field(
        None, description="as the header would have had it", examples=[ID_EXAMPLE]
    )


class UseBatch(RequestBody):
    """Starts of one school, each judged by itself."""

    items: list[Annotated[BatchedUse, SkipValidation]] = Field(
        min_length=1, max_length=MOST_TOGETHER
    )


class BatchResult(BaseModel):
    """What became of one start: as if it had been sent alone."""

    status: int = Field(description="the HTTP status it would have had", examples=[201])
    use: UseResource | None = Field(None, description="when it was recorded")
    problem: Problem | None = Field(None, description="the document it would have had")


class BatchAnswer(BaseModel):
    """One result for each item, in their order."""

    results: list[BatchResult]

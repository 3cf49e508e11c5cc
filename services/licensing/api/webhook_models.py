"""What goes over the wire of webhooks."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.licensing.api.models import ID_EXAMPLE, Code, RequestBody
from services.licensing.domain.event import Event

Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
State = Literal["pending", "delivered", "given_up", "cancelled"]
_URL = "https://facturen.kurve.example/koppeling"


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class WebhookBody(RequestBody):
    """Which events are to go where."""

    url: Url = Field(description="https, on a public address", examples=[_URL])
    events: list[Event] = Field(min_length=1, max_length=len(Event))
    product: Code | None = Field(
        None, description="Kurve product whose events it gets; null for all", examples=["numo"]
    )


class WebhookChange(RequestBody):
    """What changes; what is left out stays."""

    # Factories: may be left out, but not null.
    url: Url = Field(default_factory=str, examples=[_URL])
    events: list[Event] = Field(default_factory=list, min_length=1, max_length=len(Event))
    active: bool = Field(default_factory=bool)


class WebhookResource(_Shown):
    """A webhook; its secret is shown when it is made or rotated, and never after."""

    id: UUID = Field(examples=[ID_EXAMPLE])
    product: str | None
    url: str = Field(examples=[_URL])
    events: list[str] = Field(examples=[["license.pool_low"]])
    active: bool = Field(description="false when ops switched it off, or its receiver said 410")
    failures: int = Field(description="attempts that failed since one succeeded", examples=[0])
    rests_until: datetime | None = Field(description="a receiver that fails is left alone so long")
    secret_before_until: datetime | None = Field(description="until then two secrets sign")
    created_at: datetime


class WebhookWithSecret(WebhookResource):
    """A webhook and the secret that its receiver checks signatures with."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class DeliveryResource(_Shown):
    """An event on its way to a webhook."""

    id: UUID = Field(examples=[ID_EXAMPLE])
    event_id: UUID = Field(
        description="the header webhook-id of every attempt", examples=[ID_EXAMPLE]
    )
    event: str = Field(examples=["license.pool_low"])
    state: State
    attempts: int = Field(examples=[1])
    delivered_at: datetime | None
    created_at: datetime


class AttemptResource(_Shown):
    """One try."""

    at: datetime
    status: int | None = Field(description="HTTP status; null when there was no answer")
    error: str | None = Field(description="class of the failure", examples=["ConnectError"])
    milliseconds: int = Field(examples=[42])


class DeliveryDetail(DeliveryResource):
    """A delivery with what is sent and each try, the newest first."""

    payload: dict[str, Any]
    tries: list[AttemptResource]


class ReplayBody(RequestBody):
    """A period of events to send again."""

    since: AwareDatetime = Field(examples=["2026-11-24T08:00:00Z"])
    until: AwareDatetime = Field(description="exclusive", examples=["2026-11-24T12:00:00Z"])
    also_delivered: bool = Field(
        default=False, description="send again what arrived, too; receivers know it by webhook-id"
    )


class Replayed(BaseModel):
    """How many events go out again."""

    count: int = Field(examples=[12])

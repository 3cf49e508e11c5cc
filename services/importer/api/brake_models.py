"""What the importer's API says and hears of brakes."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.importer.application.brakes import BrakeNow, Confirmation
from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.guard_rails import LIMITED, GuardRails, Limited
from services.importer.domain.threshold import MOST, WHY_NO_MORE, Threshold
from shared.one_line import OneLine

_KEY = "many_archived:klas@99ZY00:h3a"
_DETAIL = "10 van de 28 leerlingen van klas h3a (vestiging 99ZY00) zouden worden gearchiveerd."


def _bounded(number: int) -> int:
    if number > MOST:
        raise ValueError(WHY_NO_MORE)
    return number


# The bound stands in the document, and is refused in words of its own.
_Bounded = Annotated[
    int, Field(ge=1, json_schema_extra={"maximum": MOST}), AfterValidator(_bounded)
]


class BrakeView(BaseModel):
    """A named reason why a plan is held: what it counted, and in how many."""

    key: str = Field(description="names it within this plan", examples=[_KEY])
    code: BrakeCode
    detail: str = Field(
        description="Dutch",
        examples=[_DETAIL],
    )
    about: About
    scope: Scope
    value: str | None = Field(description="which vestiging, klas or role", examples=["h3a"])
    vestiging: str | None = Field(description="of a klas, which one it is", examples=["99ZY00"])
    role: str | None = Field(description="of a vestiging, whom it counts; null: everybody")
    field: str | None = Field(description="of an update", examples=[None])
    affected: int = Field(examples=[10])
    total: int = Field(examples=[28])
    percent: int = Field(description="the share that holds a plan", examples=[20])
    at_least: int = Field(description="fewer than these never do", examples=[10])

    @classmethod
    def of(cls, brake: Brake) -> Self:
        """Show a brake."""
        return cls(key=brake.key, detail=brake.sentence, **brake.facts())


class ConfirmationView(BaseModel):
    """Who let a brake pass."""

    reason: str = Field(examples=["De examenklassen zijn van school."])
    name: str = Field(examples=["A. de Beheerder"])
    confirmed_at: datetime


class BrakeNowView(BrakeView):
    """A brake against what is chosen now."""

    chosen: int = Field(description="how many of them are chosen", examples=[10])
    holds: bool = Field(description="VERDER is refused until it is confirmed")
    confirmation: ConfirmationView | None

    @classmethod
    def now(cls, found: BrakeNow) -> Self:
        """Show a brake as it stands."""
        brake, given = found.brake, found.confirmation
        return cls(
            key=brake.key,
            detail=brake.sentence,
            **brake.facts(),
            chosen=found.chosen,
            holds=found.holds,
            confirmation=ConfirmationView(**{n: given[n] for n in ConfirmationView.model_fields})
            if given
            else None,
        )


class ConfirmationRequest(BaseModel):
    """Let brakes pass, for the plan with this digest only."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(pattern="^[0-9a-f]{64}$")
    brakes: list[str] = Field(min_length=1, max_length=1000, examples=[[_KEY]])
    reason: OneLine = Field(examples=["De examenklassen zijn van school."])
    name: OneLine = Field(description="who takes it on", examples=["A. de Beheerder"])

    def given(self) -> Confirmation:
        """The confirmation for the application."""
        return Confirmation(self.digest, tuple(self.brakes), self.reason, self.name)


class ThresholdView(BaseModel):
    """When one scope holds a plan: both inclusive."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope
    about: Limited
    percent: _Bounded = Field(examples=[20])
    at_least: _Bounded = Field(examples=[10])


class GuardRailsView(BaseModel):
    """A threshold for each scope, for archives and for updates of each field."""

    model_config = ConfigDict(extra="forbid")

    thresholds: list[ThresholdView] = Field(max_length=len(Scope) * len(LIMITED))

    @classmethod
    def of(cls, rails: GuardRails) -> Self:
        """Show thresholds, the default where the school set none."""
        found = []
        for scope in Scope:
            for about in LIMITED:
                limit = rails.threshold(scope, about)
                found.append(
                    ThresholdView(
                        scope=scope, about=about, percent=limit.percent, at_least=limit.at_least
                    )
                )
        return cls(thresholds=found)

    def rails(self) -> GuardRails:
        """The thresholds for the application; of a scope that is named twice the last counts."""
        return GuardRails(
            {
                (one.scope, one.about): Threshold(one.percent, one.at_least)
                for one in self.thresholds
            }
        )

"""Numo asks who has logged in by Kennisnet's Entree Federatie."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.importer.api.dependencies import AppParts, require_our_product
from services.importer.application.resolve_identity import Resolved, resolve_identity
from services.importer.domain.identity import Affiliation, Login, Resolution
from shared.auth.dependencies import api_caller
from shared.auth.principal import ApiCaller, Scope
from shared.one_line import OneLine
from shared.roster.document import PersonRole

router = APIRouter(prefix="/v1/identities", tags=["identities"])
Resolver = Annotated[ApiCaller, Depends(api_caller(Scope.IDENTITIES_RESOLVE))]
_DETAILS = {
    Resolution.RESOLVED: "Deze gebruiker is gevonden.",
    Resolution.SCHOOL_UNKNOWN: "Uw school gebruikt Numo nog niet, of nog niet met een koppeling.",
    Resolution.NO_KEY: "Uw school geeft bij het inloggen geen kenmerk mee waaraan Numo u herkent.",
    Resolution.NO_MATCH: "U staat nog niet in Numo. Vraag de beheerder van uw school om u toe "
    "te voegen.",
    Resolution.AMBIGUOUS: "Numo kent meer dan één gebruiker met deze gegevens. Vraag de "
    "beheerder van uw school om dit te herstellen.",
    Resolution.KEYS_DISAGREE: "De gegevens van deze login wijzen niet naar één gebruiker. Vraag "
    "de beheerder van uw school om een nieuwe import.",
    Resolution.AFFILIATION_DIFFERS: "U staat in Numo met een andere rol dan waarmee u inlogt.",
    Resolution.GUEST: "U logt in als gast, of met een account van een andere school.",
    Resolution.ARCHIVED: "U bent in Numo gearchiveerd. Vraag de beheerder van uw school om u "
    "terug te zetten.",
}


def _null_if_empty(value: Any) -> Any:  # noqa: ANN401 - whatever the body holds
    return None if value == "" else value


def _listed(value: Any) -> Any:  # noqa: ANN401 - whatever the body holds
    return [value] if isinstance(value, str) else value


Attribute = Annotated[OneLine | None, BeforeValidator(_null_if_empty)]


class LoginAttributes(BaseModel):
    """The attributes as Entree gives them; more of them may be sent and are not looked at.

    `mail`, `givenName`, `sn` decide nothing, and `uid` is a hash that changes with the username.
    """

    model_config = ConfigDict(extra="ignore")

    organisation: OneLine = Field(
        alias="nlEduPersonHomeOrganizationId", description="BRIN4 or BRIN6", examples=["99ZY"]
    )
    affiliations: Annotated[list[OneLine], BeforeValidator(_listed)] = Field(
        alias="eduPersonAffiliation",
        max_length=10,
        description="one or several of student, employee, staff, affiliate",
        examples=[["student"]],
    )
    eck_id: Attribute = Field(
        None, alias="eckId", examples=["https://ketenid.nl/201703/" + "0" * 128]
    )
    real_id: Attribute = Field(
        None, alias="nlEduPersonRealId", examples=["100231@waterkant.example"]
    )
    profile_id: Attribute = Field(None, alias="nlEduPersonProfileId", examples=[None])

    def login(self) -> Login:
        """What of it can decide."""
        known = {found.value for found in Affiliation}
        named = {text.casefold() for text in self.affiliations} & known
        affiliations = frozenset(map(Affiliation, named))
        return Login(affiliations, self.eck_id, self.real_id, self.profile_id)


class ResolvedView(BaseModel):
    """Whom the login is, or why it is nobody."""

    outcome: Resolution
    detail: str = Field(
        description="Dutch, for who logs in", examples=[_DETAILS[Resolution.RESOLVED]]
    )
    person_id: UUID | None = Field(description="only when resolved")
    school_id: UUID | None = Field(description="null while the school is unknown")
    role: PersonRole | None = Field(description="only when resolved")

    @classmethod
    def of(cls, resolved: Resolved) -> "ResolvedView":
        """Show it."""
        found = resolved.found
        return cls(
            outcome=found.resolution,
            detail=_DETAILS[found.resolution],
            person_id=found.person and found.person.id,
            school_id=resolved.school_id,
            role=found.person and found.person.role,
        )


@router.post("/resolve", summary="Who has logged in", operation_id="resolve_identity")
async def who(body: LoginAttributes, caller: Resolver, parts: AppParts) -> ResolvedView:
    """Match a login to exactly one person: by ECK iD, RealId, or the number in a ProfileId.

    Nobody found is an answer, not an error. POST, so that no key of a pupil is in a URL.
    """
    require_our_product(caller.product, parts)
    resolved = await resolve_identity(
        parts.database, caller.audit_name, body.organisation, body.login()
    )
    return ResolvedView.of(resolved)

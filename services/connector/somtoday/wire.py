"""What Somtoday sends, in its own names, and only what a roster may hold.

Every field can be missing (Somtoday Connect 14.10.0 marks none as required), unknown ones are
normal, and those that are not named here (BSN, adres, geslacht, geboortedatum, ouders …) are
dropped the moment a row is read.
"""

from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


# Strict everywhere else: a number where text belongs is reported, never guessed at.
_Day = Annotated[date, Field(strict=False)]


class Instelling(_Wire):
    """An organisation."""

    uuid: str | None = None
    naam: str | None = None
    brins: list[str] | None = None


class Vestiging(_Wire):
    """A site of an organisation."""

    uuid: str | None = None
    naam: str | None = None
    afkorting: str | None = None
    brins: list[str] | None = None


class Ref(_Wire):
    """A reference to another object."""

    uuid: str | None = None


# Groups name every pupil many times over: read as plain values, because only ids are of use.
_PupilRefs = list[dict[str, Any]] | None


class Mentor(_Wire):
    """Who is mentor of a stamgroep."""

    medewerker_uuid: str | None = None


class Stamgroep(_Wire):
    """A home class."""

    uuid: str | None = None
    naam: str | None = None
    leerjaar: int | None = None
    onderwijssoort: str | None = None
    leerlingen: _PupilRefs = None
    mentoren: list[Mentor] | None = None


class Plaatsing(_Wire):
    """Where a pupil is placed, from startdatum to einddatum, both inclusive."""

    startdatum: _Day | None = None
    einddatum: _Day | None = None
    leerjaar: int | None = None
    stamgroep: Stamgroep | None = None


class Lesgroep(_Wire):
    """A teaching group of one schooljaar."""

    uuid: str | None = None
    naam: str | None = None
    leerlingen: _PupilRefs = None
    docenten: list[str] | None = None
    vak: str | None = None
    leerjaar: int | None = None
    onderwijssoort: str | None = None


class Persoon(_Wire):
    """What pupils and employees have in common."""

    uuid: str | None = None
    eckid: str | None = None
    roepnaam: str | None = None
    voorvoegsel: str | None = None
    achternaam: str | None = None
    emailadres: str | None = None
    gebruikersnaam: str | None = None
    eduPersonRealId: str | None = None  # noqa: N815 - Somtoday's own spelling
    lesgroepen: list[Ref] | None = None


class Leerling(Persoon):
    """A pupil."""

    leerlingnummer: int | None = None
    plaatsingen: list[Plaatsing] | None = None


class Medewerker(Persoon):
    """An employee."""

    afkorting: str | None = None
    hoofdvestiging: Ref | None = None


RowOf = TypeVar("RowOf", Stamgroep, Lesgroep, Leerling, Medewerker)


class PageOf(_Wire, Generic[RowOf]):
    """One page of a collection; each kind has a wrapper of its own around the rows."""

    rows: list[RowOf]
    veldpermissies: dict[str, Any] | None = None


class Stamgroepen(PageOf[Stamgroep]):
    """A page of home classes."""

    rows: list[Stamgroep] = Field(validation_alias="stamgroepen")


class Lesgroepen(PageOf[Lesgroep]):
    """A page of teaching groups."""

    rows: list[Lesgroep] = Field(validation_alias="lesgroepen")


class Leerlingen(PageOf[Leerling]):
    """A page of pupils."""

    rows: list[Leerling] = Field(validation_alias="leerlingen")


class Medewerkers(PageOf[Medewerker]):
    """A page of employees."""

    rows: list[Medewerker] = Field(validation_alias="medewerkers")

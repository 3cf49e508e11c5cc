"""What callers see of koppelingen and products: never a secret."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.koppeling import State
from services.connector.store.koppelingen import StoredKoppeling, find_koppeling
from services.connector.store.vestigingen import OpenVestiging, open_vestigingen
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


@dataclass(frozen=True)
class StatedDoelgroep:
    """The doelgroep in the words in which it was stated; None is all."""

    vestigingen: list[str] | None
    onderwijssoorten: list[str] | None
    leerjaren: list[int] | None
    vakken: list[str] | None

    @classmethod
    def of(cls, koppeling: StoredKoppeling) -> "StatedDoelgroep":
        """What was stated of a koppeling."""
        return cls(
            koppeling.stated_vestigingen,
            koppeling.stated_onderwijssoorten,
            koppeling.stated_leerjaren,
            koppeling.stated_vakken,
        )


@dataclass(frozen=True)
class KoppelingView:
    """A koppeling with the vestigingen that were open when it was last verified."""

    id: UUID
    school_id: UUID
    school_name: str
    brin: str
    product: str
    state: State
    contact_email: str
    begin_on: date | None
    end_on: date | None
    doelgroep: StatedDoelgroep
    datavelden: list[str] | None
    organisation_id: UUID | None
    vestigingen: list[OpenVestiging]
    last_verified_at: datetime | None
    problem: str | None
    requested_at: datetime
    revision: int


async def koppeling_view(
    connection: AsyncConnection, koppeling_id: UUID, only_product: str | None
) -> KoppelingView:
    """One koppeling as callers see it.

    Raises:
        Refusal: not_found, also for one of a product that the caller may not see.

    """
    found = await find_koppeling(connection, koppeling_id, only_product)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return (await koppeling_views(connection, [found]))[0]


async def koppeling_views(
    connection: AsyncConnection, found: list[StoredKoppeling]
) -> list[KoppelingView]:
    """Koppelingen as callers see them, in the same order."""
    sites = await open_vestigingen(connection, [koppeling.id for koppeling in found])
    return [
        KoppelingView(
            id=koppeling.id,
            school_id=koppeling.school_id,
            school_name=koppeling.school_name,
            brin=koppeling.brin,
            product=koppeling.product,
            state=koppeling.state,
            contact_email=koppeling.contact_email,
            begin_on=koppeling.begin_on,
            end_on=koppeling.end_on,
            doelgroep=StatedDoelgroep.of(koppeling),
            datavelden=koppeling.stated_datavelden,
            organisation_id=koppeling.organisation_id,
            vestigingen=sites.get(koppeling.id, []),
            last_verified_at=koppeling.last_verified_at,
            problem=koppeling.last_problem,
            requested_at=koppeling.requested_at,
            revision=koppeling.revision,
        )
        for koppeling in found
    ]

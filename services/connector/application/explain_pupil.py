"""Answer ops why a pupil is not in a product: looked up live, nothing stored."""

from dataclasses import dataclass
from uuid import UUID

from services.connector.application.credentials import access_to
from services.connector.application.stream_roster import RosterSource
from services.connector.domain.doelgroep import Doelgroep
from services.connector.domain.explanation import (
    Cause,
    Finding,
    certain,
    delivered,
    not_delivered,
)
from services.connector.domain.fetching import may_fetch
from services.connector.somtoday.access import Access
from services.connector.somtoday.errors import AccessRefusedError, SomtodayError
from services.connector.somtoday.observe import open_sites, sites_inside
from services.connector.somtoday.search import Peil, search_pupil
from services.connector.somtoday.translate import Site
from services.connector.store.koppelingen import find_koppeling
from services.connector.store.products import find_product
from services.connector.store.vestigingen import known_vestigingen
from shared.clock import today
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


@dataclass(frozen=True)
class Question:
    """Which pupil, in which koppeling."""

    koppeling_id: UUID
    number: int
    only_product: str | None


@dataclass(frozen=True)
class Place:
    """Where to look: what is open, what ever was (by Somtoday's id), and what was stated."""

    access: Access
    sites: list[Site]
    known: dict[str, str]
    doelgroep: Doelgroep


async def explain_pupil(source: RosterSource, asked: Question) -> list[Finding]:
    """Every reason that applies, the certain ones alone where there are any.

    Raises:
        Refusal: not_found.

    """
    async with source.database.transaction() as connection:
        koppeling = await find_koppeling(connection, asked.koppeling_id, asked.only_product)
        product = await find_product(connection, koppeling.product) if koppeling else None
        known = await known_vestigingen(connection, asked.koppeling_id)
    if koppeling is None or product is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    permitted = may_fetch(koppeling.state, koppeling.period, today(), koppeling.last_problem)
    if not permitted or koppeling.organisation_id is None:
        return [certain(Cause.KOPPELING_NOT_ACTIVE)]
    access = access_to(product, koppeling.organisation_id, source.box)
    try:
        sites = await open_sites(source.somtoday, access)
        if sites_inside(sites, koppeling.doelgroep):
            place = Place(access, sites, known, koppeling.doelgroep)
            return await _look(source, place, asked.number)
    except AccessRefusedError:
        pass
    except SomtodayError:
        return [certain(Cause.SOMTODAY_UNAVAILABLE)]
    # The school withdrew it since it was last verified.
    return [certain(Cause.KOPPELING_NOT_ACTIVE)]


async def _look(source: RosterSource, place: Place, number: int) -> list[Finding]:
    # Outside the stated doelgroep nobody is looked at, not for an explanation either.
    inside = sites_inside(place.sites, place.doelgroep)
    now = await search_pupil(source.somtoday, place.access, inside, number, Peil.TODAY)
    if now.sighting is not None:
        if now.sighting.pupil is None:
            return [certain(Cause.ROW_NOT_READABLE, now.sighting.site.name)]
        return delivered(place.doelgroep, now.sighting.pupil, now.sighting.site.name)
    later = await _next_schooljaar(source, place.access, inside, number)
    if later is not None:
        return [certain(Cause.STARTS_NEXT_SCHOOLJAAR, later)]
    is_open = {site.uuid for site in place.sites}
    is_inside = {site.uuid for site in inside}
    closed = [name for somtoday_id, name in place.known.items() if somtoday_id not in is_open]
    unstated = [site.name for site in place.sites if site.uuid not in is_inside]
    return not_delivered(closed, unstated, number_permitted=now.number_permitted)


async def _next_schooljaar(
    source: RosterSource, access: Access, sites: list[Site], number: int
) -> str | None:
    try:
        later = await search_pupil(source.somtoday, access, sites, number, Peil.NEXT)
    except AccessRefusedError:
        # So Somtoday answers when the koppeling ends before that schooljaar begins.
        return None
    return later.sighting.site.name if later.sighting else None

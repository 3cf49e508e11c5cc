"""What Somtoday shows of a koppeling without fetching a school: organisation, rights, sites."""

from uuid import UUID

from services.connector.domain.organisation import Candidate, choose_organisation
from services.connector.domain.verdict import ObservedVestiging, Problem
from services.connector.somtoday import translate
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import AccessRefusedError, SourceUnavailableError
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.translate import Site
from shared.roster.document import PersonRole

_COLLECTIONS = {PersonRole.PUPIL: Kind.LEERLING, PersonRole.EMPLOYEE: Kind.MEDEWERKER}


async def find_organisation(client: SomtodayClient, brin: str, name: str) -> UUID | Problem:
    """The organisation of a school, or why there is not exactly one.

    Raises:
        SomtodayError: Somtoday's list cannot be had.

    """
    both = await _candidates(client, brin, name)
    by_brin = both or await _candidates(client, brin, None)
    return choose_organisation(brin, name, both, by_brin)


async def open_sites(client: SomtodayClient, access: Access) -> list[Site]:
    """The vestigingen that a school opened, in an order that stays the same between runs.

    Raises:
        SomtodayError: they cannot be had, or one has no usable id; AccessRefusedError when
            nothing is open.

    """
    sites = []
    for row in await client.vestigingen(access):
        site = translate.site(row)
        if site is None:
            msg = "vestigingen: one of them has no uuid"
            raise SourceUnavailableError(msg)
        sites.append(site)
    return sorted(sites, key=lambda site: (site.code or "", site.uuid))


async def observe(client: SomtodayClient, access: Access) -> list[ObservedVestiging]:
    """The vestigingen that a school opened with what may be read there; maybe none.

    Raises:
        SomtodayError: Somtoday does not say.

    """
    try:
        sites = await open_sites(client, access)
    except AccessRefusedError:
        return []
    observed = [await _observed(client, access, site) for site in sites]
    return [found for found in observed if found is not None]


async def _candidates(client: SomtodayClient, brin: str, name: str | None) -> list[Candidate]:
    found = [translate.candidate(row) for row in await client.instellingen(brin, name)]
    return [candidate for candidate in found if candidate is not None]


async def _observed(client: SomtodayClient, access: Access, site: Site) -> ObservedVestiging | None:
    permitted = {}
    try:
        for role, kind in _COLLECTIONS.items():
            rights = await client.rights(access, site.uuid, kind)
            permitted[role] = rights.datavelden(role)
    except AccessRefusedError:
        # Closed between two calls: it is not open.
        return None
    return ObservedVestiging(UUID(site.uuid), site.name, site.codes, permitted)

"""What Somtoday shows of a koppeling without fetching a school: organisation, rights, sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.connector.domain.candidate import Candidate
from services.connector.domain.doelgroep import Doelgroep
from services.connector.domain.organisation import candidates_of, choose_organisation
from services.connector.domain.verdict import ObservedVestiging, Problem
from services.connector.somtoday import translate
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import AccessRefusedError, SourceUnavailableError
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.translate import Site
from shared.roster.document import PersonRole

_COLLECTIONS = {PersonRole.PUPIL: Kind.LEERLING, PersonRole.EMPLOYEE: Kind.MEDEWERKER}


@dataclass(frozen=True)
class Lookup:
    """Which organisation a school is, or why that is not clear and which ones it may be."""

    organisation: UUID | Problem
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Seen:
    """The vestigingen that are open, and whether Somtoday answered 401 for any of it."""

    vestigingen: Sequence[ObservedVestiging]
    refused: bool


async def find_organisation(
    client: SomtodayClient, brin: str, name: str, chosen: UUID | None = None
) -> Lookup:
    """Look a school up, with what ops chose for it if they did.

    Raises:
        SomtodayError: Somtoday's list cannot be had.

    """
    both = await _candidates(client, brin, name)
    by_brin = both
    if not both or chosen not in {None, *(candidate.id for candidate in both)}:
        by_brin = await _candidates(client, brin, None)
    found = choose_organisation(brin, name, both, by_brin, chosen)
    return Lookup(found, candidates_of(brin, both, by_brin) if isinstance(found, Problem) else ())


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


def sites_inside(sites: Sequence[Site], doelgroep: Doelgroep) -> list[Site]:
    """The vestigingen of a stated doelgroep, each under its stated codes; no other is asked."""
    return [
        Site(site.uuid, site.name, doelgroep.codes_inside(site.codes))
        for site in sites
        if doelgroep.admits_vestiging(site.codes)
    ]


async def observe(client: SomtodayClient, access: Access) -> Seen:
    """The vestigingen that a school opened with what may be read there; maybe none.

    Raises:
        SomtodayError: Somtoday does not say.

    """
    try:
        sites = await open_sites(client, access)
    except AccessRefusedError:
        return Seen((), refused=True)
    observed = [await _observed(client, access, site) for site in sites]
    return Seen([found for found in observed if found is not None], refused=None in observed)


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

"""Look for one pupil at the vestigingen that are open; nothing of anybody is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from services.connector.domain.datavelden import Dataveld
from services.connector.somtoday import translate
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.pages import LEERLINGEN
from services.connector.somtoday.rights import Rights
from services.connector.somtoday.rows import Unreadable
from services.connector.somtoday.translate import Site
from services.connector.somtoday.wire import Leerling
from shared.clock import today
from shared.roster.document import PersonRecord, PersonRole


class Peil(Enum):
    """Of which moment Somtoday speaks (its `peilschooljaar`): today, or next schooljaar."""

    TODAY = None
    NEXT = "VOLGEND"


@dataclass(frozen=True)
class Sighting:
    """Where a pupil was seen, and what the row says; None when it cannot be read."""

    site: Site
    pupil: PersonRecord | None


@dataclass(frozen=True)
class Search:
    """What a look through the open vestigingen found."""

    sighting: Sighting | None
    number_permitted: bool


async def search_pupil(
    client: SomtodayClient, access: Access, sites: Sequence[Site], number: int, peil: Peil
) -> Search:
    """Go through every open vestiging until the pupil with this leerlingnummer is seen.

    Raises:
        SomtodayError: a vestiging cannot be read to its end.

    """
    permitted, rights = True, Rights(None)
    for site in sites:
        async for page in client.pages(access, site.uuid, LEERLINGEN, peil.value):
            if page.offset == 0:
                rights = page.rights
                may_read = rights.datavelden(PersonRole.PUPIL)
                permitted = permitted and Dataveld.LEERLINGNUMMER in may_read
            for row in page.rows:
                if _number_of(row) == number:
                    return Search(_seen(site, row, rights), number_permitted=True)
    return Search(None, permitted)


def _seen(site: Site, row: Leerling | Unreadable, rights: Rights) -> Sighting:
    if isinstance(row, Unreadable):
        return Sighting(site, None)
    # What tells a pupil's place, and nothing of who it is.
    return Sighting(site, translate.pupil(row, rights, site, (), day=today()))


def _number_of(row: Leerling | Unreadable) -> object:
    if isinstance(row, Leerling):
        return row.leerlingnummer
    return row.raw.get("leerlingnummer") if isinstance(row.raw, dict) else None

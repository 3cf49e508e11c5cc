"""Look for one pupil at the vestigingen that are open; nothing of anybody is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from services.connector.domain.datavelden import Dataveld
from services.connector.somtoday import wire
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.rows import read_row
from services.connector.somtoday.translate import Site
from shared.roster.document import PersonRole, ProblemRecord


class Peil(Enum):
    """Of which moment Somtoday speaks (its `peilschooljaar`): today, or next schooljaar."""

    TODAY = None
    NEXT = "VOLGEND"


@dataclass(frozen=True)
class Sighting:
    """Where a pupil was seen, and whether the row can be read."""

    site: Site
    is_readable: bool


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
    permitted = True
    for site in sites:
        async for page in client.pages(access, site.uuid, Kind.LEERLING, peil.value):
            if page.rights is not None:
                may_read = page.rights.datavelden(PersonRole.PUPIL)
                permitted = permitted and Dataveld.LEERLINGNUMMER in may_read
            for row in page.rows:
                if _number_of(row) == number:
                    return Search(Sighting(site, _is_readable(row)), number_permitted=True)
    return Search(None, permitted)


def _number_of(row: Any) -> object:  # noqa: ANN401 - whatever Somtoday sent
    return row.get("leerlingnummer") if isinstance(row, dict) else None


def _is_readable(row: object) -> bool:
    return not isinstance(read_row(wire.Leerling, row, Kind.LEERLING, ""), ProblemRecord)

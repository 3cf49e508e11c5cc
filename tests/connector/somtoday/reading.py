"""Read a whole school, and pick records of one kind."""

from typing import Any

from services.connector.domain.datavelden import Dataveld
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.fetch import Wish, roster_records
from services.connector.somtoday.observe import open_sites
from shared.clock import today
from shared.roster.document import Record
from tests.connector.kurve import School
from tests.connector.somtoday.conftest import access_for

ALL = frozenset(Dataveld)


async def read(client: SomtodayClient, wish: Wish) -> list[Record]:
    return [record async for batch in roster_records(client, wish) for record in batch]


async def read_school(client: SomtodayClient, school: School) -> list[Record]:
    access = access_for(school)
    return await read(client, Wish(access, await open_sites(client, access), ALL, today()))


def of(kind: type[Any], records: list[Record]) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]

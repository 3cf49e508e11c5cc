"""A row that is there all the time is read, however the others come and go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from services.connector.somtoday.fetch import Wish
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.translate import Site
from shared.clock import today
from shared.roster.document import ProblemRecord, Record
from tests.connector.somtoday.reading import ALL, of, read
from tests.connector.somtoday.stand_in import ACCESS, Stage, StandIn

NORTH = Site("93c51698-b81a-4aa5-a7e1-6422d2128fc4", "Noord", ("99ZX01",))
LISTS = [Kind.MEDEWERKER, Kind.LESGROEP, Kind.STAMGROEP]


@dataclass
class Restless(StandIn):
    """After each of the first pages a row goes from the page that was read, and another comes."""

    kind: Kind = Kind.MEDEWERKER
    times: int = 1

    def answered(self, path: str, query: Mapping[str, str]) -> Any:
        answer = super().answered(path, query)
        if path.endswith(self.kind.path) and query["offset"] == "0" and self.times:
            self.times -= 1
            rows = self.rows[NORTH.uuid, self.kind]
            rows[0] = rows.pop()
        return answer


def _rows(number: int) -> list[dict[str, Any]]:
    return [{"uuid": f"row {at}"} for at in range(number)]


async def _read(stage: Stage, there: StandIn) -> tuple[list[Record], list[str], list[int]]:
    async with stage.client(there) as client:
        records = await read(client, Wish(ACCESS, [NORTH], ALL, today()))
    problems = of(ProblemRecord, records)
    asked = [sum(path.endswith(kind.path) for path in there.asked) for kind in LISTS]
    return records, [f"{one.code} {one.missing}" for one in problems], asked


@pytest.mark.parametrize("kind", LISTS)
async def test_a_row_that_came_to_a_page_that_was_read_is_read_all_the_same(
    stage: Stage, kind: Kind
) -> None:
    there = Restless({(NORTH.uuid, kind): _rows(300)}, kind=kind)
    records, problems, _ = await _read(stage, there)
    refs = [getattr(record, "ref", "") for record in records]
    # The one that went was read before it did.
    assert sorted(filter(None, refs)) == sorted(f"row {at}" for at in range(300))
    assert problems == []


async def test_a_list_in_which_rows_never_stop_to_come_and_go_offers_nobody(stage: Stage) -> None:
    there = Restless({(NORTH.uuid, Kind.MEDEWERKER): _rows(300)}, times=99)
    assert (await _read(stage, there))[1] == ["pages_moved employee"]


async def test_only_what_others_came_after_is_asked_for_again(stage: Stage) -> None:
    lists = dict.fromkeys(LISTS)
    rows = {
        (NORTH.uuid, kind): _rows(size) for kind, size in zip(lists, (199, 200, 450), strict=True)
    }
    _, problems, asked = await _read(stage, StandIn(rows))
    assert problems == []
    # One page; a full one, one more and the first again; three and the first two again.
    assert asked == [1, 3, 5]

import pytest
from fastapi import Response
from fastapi.responses import JSONResponse, RedirectResponse

from services.connector.somtoday.errors import SourceUnavailableError
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.pages import LEERLINGEN
from tests.connector.somtoday.stand_in import ACCESS, Stage, StandIn

SITE = "93c51698-b81a-4aa5-a7e1-6422d2128fc4"


async def test_a_server_that_forgets_the_offset_is_not_read_for_ever(
    stage: Stage,
) -> None:
    full = [{"uuid": f"leerling-{number}"} for number in range(200)]
    there = StandIn({(SITE, Kind.LEERLING): full}, forgets_offset=True)
    async with stage.client(there) as client:
        with pytest.raises(SourceUnavailableError, match="twice"):
            _ = [page async for page in client.pages(ACCESS, SITE, LEERLINGEN)]
    assert len(there.asked) == 2


@pytest.mark.parametrize("count", [0, 199, 200, 201, 400])
async def test_reading_ends_at_a_short_or_an_empty_page(stage: Stage, count: int) -> None:
    rows = [{"uuid": f"leerling-{number}"} for number in range(count)]
    there = StandIn({(SITE, Kind.LEERLING): rows})
    async with stage.client(there) as client:
        pages = [page async for page in client.pages(ACCESS, SITE, LEERLINGEN)]
    assert [row.uuid for page in pages for row in page.rows] == [row["uuid"] for row in rows]
    assert len(there.asked) == count // 200 + 1


async def test_groups_are_asked_for_under_their_documented_paths(
    stage: Stage,
) -> None:
    there = StandIn()
    async with stage.client(there) as client:
        for kind in Kind:
            await client.rights(ACCESS, SITE, kind)
    assert [path.removeprefix(f"connect/vestiging/{SITE}/") for path in there.asked] == [
        "stamgroep/",
        "lesgroep/",
        "leerling",
        "medewerker",
    ]


async def test_a_redirect_is_never_followed_with_a_token(
    stage: Stage,
) -> None:
    there = StandIn(answer=RedirectResponse("/connect/elders"))
    async with stage.client(there) as client:
        with pytest.raises(SourceUnavailableError):
            await client.vestigingen(ACCESS)
    assert there.asked == ["connect/vestiging"]


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse(["geen", "object"]),
        JSONResponse({"vestigingen": {"geen": "lijst"}}),
        JSONResponse({"vestigingen": None}),
        JSONResponse({"iets": []}),
        Response(b"\xff\xfe", media_type="application/json"),
        Response(b"{}", media_type="text/plain"),
        Response(b"", 204),
    ],
    ids=["list", "no list", "null", "no wrapper", "no utf-8", "no json", "nothing"],
)
async def test_what_is_not_the_documented_wrapper_is_unavailable(
    stage: Stage, answer: Response
) -> None:
    async with stage.client(StandIn(answer=answer)) as client:
        with pytest.raises(SourceUnavailableError):
            await client.vestigingen(ACCESS)

"""A reader who has the roster already gets it only when it changed."""

from collections.abc import Awaitable, Callable

import httpx

from shared.roster.document import Trailer
from shared.roster.ndjson import DocumentReader
from tests.connector.api.conftest import Activated
from tests.connector.conftest import Somtoday, new_product
from tests.connector.kurve import Kurve, School, whole

OTHER = "0" * 64


async def _read(
    kurve: Kurve, school: School, *known: str, takes: str = "identity"
) -> httpx.Response:
    tags = ", ".join(f'"{content}"' for content in known)
    headers = {**kurve.reader, "Accept-Encoding": takes}
    headers |= {"If-None-Match": tags} if known else {}
    return await kurve.client.get(f"/v1/schools/{school.id}/roster", headers=headers)


def _content(answer: httpx.Response) -> str:
    trailer = whole(answer.content)[-1]
    assert isinstance(trailer, Trailer)
    return trailer.content


async def test_an_unchanged_roster_is_not_sent_again(kurve: Kurve, activated: Activated) -> None:
    school, _ = await activated()
    content = _content(await _read(kurve, school))
    for known in ([content], [OTHER, content]):
        again = await _read(kurve, school, *known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == f'"{content}"'


async def test_a_tag_is_that_of_one_coding_which_the_reader_still_takes(
    kurve: Kurve, activated: Activated
) -> None:
    school, _ = await activated()
    plain = await _read(kurve, school)
    assert "Content-Encoding" not in plain.headers
    content = _content(plain)
    for coding in ("zstd", "gzip"):
        first = await _read(kurve, school, OTHER, takes=coding)
        assert first.status_code == 200
        assert first.headers["Content-Encoding"] == coding
        assert first.headers["ETag"] == f'"{content}-{coding}"'
        assert _content(first) == content
        assert int(first.num_bytes_downloaded) < len(plain.content) / 2
        again = await _read(kurve, school, f"{content}-{coding}", takes="gzip, zstd")
        assert (again.status_code, again.headers["ETag"]) == (304, f'"{content}-{coding}"')
        assert {first.headers["Vary"], again.headers["Vary"]} == {"Accept-Encoding"}
        for tag, takes in ((f"{content}-{coding}", "identity"), (content, f"{coding}, *;q=0")):
            other = await _read(kurve, school, tag, takes=takes)
            assert (other.status_code, _content(other)) == (200, content)


async def test_a_changed_roster_is_sent_whole_with_its_own_tag(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, _ = await activated()
    before = _content(await _read(kurve, school))
    week = await somtoday.connect.client.post(f"/sandbox/schools/{school.brin}/next-week")
    assert week.status_code == 200
    after = await _read(kurve, school, before)
    assert after.status_code == 200
    assert after.headers["ETag"] == f'"{_content(after)}"'
    assert _content(after) not in {before, OTHER}


async def test_a_roster_that_breaks_off_never_counts_as_unchanged(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, _ = await activated()
    content = _content(await _read(kurve, school))
    await somtoday.connect.faults({"match": "/medewerker", "kind": "drop"})
    answer = await _read(kurve, school, content)
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    reader = DocumentReader()
    last = [reader.read(line) for line in answer.content.splitlines()][-1]
    assert not isinstance(last, Trailer)


async def test_a_tag_that_is_none_of_ours_is_no_tag(kurve: Kurve, activated: Activated) -> None:
    school, _ = await activated()
    for tag in ("*", 'W/"x"', "geen"):
        headers = {**kurve.reader, "If-None-Match": tag}
        answer = await kurve.client.get(f"/v1/schools/{school.id}/roster", headers=headers)
        assert answer.status_code == 200
        assert whole(answer.content)


async def test_a_koppeling_leads_to_the_same_roster_and_to_nobody_elses(
    kurve: Kurve, activated: Activated, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    school, koppeling = await activated()
    path = f"/v1/koppelingen/{koppeling}/roster"
    mine = await kurve.client.get(path, headers=kurve.reader)
    assert _content(mine) == _content(await _read(kurve, school))
    other = await api_key("roster:read", product=await new_product(kurve.client))
    for headers in (other, await api_key("roster:read")):
        refused = await kurve.client.get(path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")

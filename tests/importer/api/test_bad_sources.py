"""A source that is no good changes nothing, and the school is told why in Dutch."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from deploy.local.programs import free_port
from services.importer.app import build
from shared.clock import now
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from shared.roster.document import ProblemRecord
from tests.fixtures.http import serving
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json
from tests.importer.rosters import ANNA, document, first_week, member, pupil
from tests.importer.rosters import H3A as CLASS
from tests.importer.running import worker_here
from tests.importer.source import Answer

WHOLE = document(first_week())
FATAL = ProblemRecord(
    code="source_unavailable",
    detail="Somtoday gaf niet alle gegevens; het overzicht is niet compleet.",
    place="somtoday",
    fatal=True,
)


NOT_WHOLE = {
    "no trailer": WHOLE[:-1],
    "a line lost": WHOLE[:5] + WHOLE[6:],
    "empty": [],
    "goes on": [*WHOLE, WHOLE[3]],
    "no header": WHOLE[1:],
    "html": [*WHOLE[:4], b"<html>onderhoud</html>\n", *WHOLE[4:]],
    "cut off": [b"".join(WHOLE)[:-40]],
}
REFUSALS = [
    (409, "koppeling_not_active", ErrorCode.KOPPELING_NOT_ACTIVE),
    (404, "not_found", ErrorCode.KOPPELING_NOT_ACTIVE),
    (502, "source_unavailable", ErrorCode.SOURCE_UNAVAILABLE),
    (401, "not_authenticated", ErrorCode.SOURCE_UNAVAILABLE),
    (500, "<html>", ErrorCode.SOURCE_UNAVAILABLE),
]


async def _failed(desk: Desk, answer: Answer) -> Json:
    desk.source.say(desk.school_id, answer)
    found = await desk.rested(await desk.begin())
    assert found["state"] == "failed"
    assert found["summary"] is None
    assert set(await desk.people(state="active")) == {"Anna"}
    return found


async def test_a_document_that_is_not_whole_is_no_document(desk: Desk) -> None:
    await desk.bring([ANNA])
    for name, lines in NOT_WHOLE.items():
        failed = await _failed(desk, Answer(lines))
        assert failed["problem"] == ErrorCode.SOURCE_INCOMPLETE.code, name
        assert failed["problem_detail"] == ErrorCode.SOURCE_INCOMPLETE.value.detail


async def test_a_connector_that_dies_in_mid_stream_is_an_incomplete_source(desk: Desk) -> None:
    await desk.bring([ANNA])
    failed = await _failed(desk, Answer(WHOLE, dies_after=5))
    assert failed["problem"] == ErrorCode.SOURCE_INCOMPLETE.code


async def test_a_refusal_of_the_source_is_told_in_dutch(desk: Desk) -> None:
    await desk.bring([ANNA])
    for status, code, told in REFUSALS:
        failed = await _failed(desk, Answer(status=status, code=code))
        assert (failed["problem"], failed["problem_detail"]) == (told.code, told.value.detail)


async def test_a_source_that_is_away_is_told_in_dutch(
    served: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    nowhere = served.settings.model_copy(
        update={
            "connector_url": f"http://127.0.0.1:{free_port()}",
            "redis_namespace": f"test-{new_id()}",
        }
    )
    async with serving(lambda _: build(nowhere)) as url, worker_here(nowhere):
        desk = await desk_at(Served(url, nowhere, served.source))
        failed = await desk.rested(await desk.begin())
    told = ErrorCode.SOURCE_UNAVAILABLE
    assert (failed["problem"], failed["problem_detail"]) == (told.code, told.value.detail)


async def test_a_source_that_breaks_off_says_why_itself(desk: Desk) -> None:
    await desk.bring([ANNA])
    lines = document([*first_week(), FATAL], ended=False)
    failed = await _failed(desk, Answer(lines))
    assert (failed["problem"], failed["problem_detail"]) == (FATAL.code, FATAL.detail)


async def test_a_source_that_cannot_be_the_truth_fails_before_anything_is_compared(
    desk: Desk,
) -> None:
    school = [pupil(str(at), f"P{at}", "Boer") for at in range(20)]
    await desk.bring(school)
    strangers = [
        pupil(str(at), f"S{at}", "Anders").model_copy(update={"key": f"x{at}"}) for at in range(20)
    ]
    before = now() - timedelta(minutes=10)
    wrong = {
        ErrorCode.SOURCE_EMPTY: document([]),
        ErrorCode.SOURCE_OF_ANOTHER_SCHOOL: document(strangers),
        ErrorCode.SOURCE_STALE: document(school, fetched_at=before),
    }
    for error, lines in wrong.items():
        desk.source.say(desk.school_id, Answer(lines))
        found = await desk.rested(await desk.begin())
        assert (found["state"], found["problem"]) == ("failed", error.code)
        assert (found["problem_detail"], found["summary"]) == (error.value.detail, None)
    assert len(await desk.people(state="active")) == 20


async def test_rows_that_come_twice_offer_nobody_for_archiving(desk: Desk) -> None:
    await desk.bring([ANNA, pupil("1002", "Bram", "Bos")])
    again = ANNA.model_copy(update={"ref": "again"})
    planned = await desk.plan([ANNA, again])
    assert await desk.changes(planned["id"]) == []
    assert [(one["code"], one["place"]) for one in planned["problems"]] == [
        ("rows_repeated", "pupil")
    ]


async def test_a_list_that_never_stood_still_offers_nobody_for_archiving(desk: Desk) -> None:
    await desk.bring([ANNA, pupil("1002", "Bram", "Bos")])
    moved = ProblemRecord(
        code="pages_moved", detail="De lijst verschoof.", place="leerling (99ZX00)", missing="pupil"
    )
    planned = await desk.plan([ANNA, moved])
    assert await desk.changes(planned["id"]) == []
    assert [one["code"] for one in planned["problems"]] == ["pages_moved"]
    assert [one["action"] for one in await desk.changes((await desk.plan([ANNA]))["id"])] == [
        "archive"
    ]


async def test_a_failed_import_makes_room_for_the_next_which_is_compared_with_what_was_applied(
    desk: Desk,
) -> None:
    await desk.bring([ANNA])
    other = [pupil("1001", "Ans", "Aalbers"), pupil("1005", "Els", "Ekster")]
    await _failed(desk, Answer(document(other)[:-1]))
    planned = await desk.plan(first_week())
    people = await desk.changes(planned["id"], kind="person")
    assert {one["action"] for one in people} == {"add"}
    assert not any(one["label"].startswith(("Anna", "Ans", "Els")) for one in people)
    assert (await desk.apply(planned))["state"] == "applied"


async def test_rows_that_could_not_be_read_are_told_and_the_rest_is_imported(desk: Desk) -> None:
    bad = ProblemRecord(code="row_not_readable", detail="leerlingnummer ontbreekt", place="regel 3")
    stranger = pupil("9999", "Niet", "Genoemd")
    planned = await desk.plan([ANNA, CLASS, member(ANNA, CLASS), member(stranger, CLASS), bad])
    assert planned["problem_count"] == 2
    assert planned["problems"][0] == bad.model_dump(include={"code", "detail", "place"})
    assert planned["problems"][1]["code"] == "membership_incomplete"
    assert planned["summary"]["memberships"]["add"] == 1

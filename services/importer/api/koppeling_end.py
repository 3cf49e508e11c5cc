"""What should become of a school's people when its koppeling is over: asked, and answered."""

from fastapi import APIRouter, Response

from services.importer.api.dependencies import AppParts, Importing, Ordering
from services.importer.api.given_up import OurOps
from services.importer.api.koppeling_end_models import (
    AnswerRequest,
    AskedSchoolView,
    KoppelingEndView,
)
from services.importer.application.answer_koppeling_end import (
    AnswerRules,
    answer_koppeling_end,
    read_koppeling_end,
    read_koppeling_ends,
)
from shared.errors.codes import ErrorCode
from shared.paging import Cursor, Limit, Page, decode_id, encode_cursor
from shared.problem_handlers import problem_responses
from shared.revisions import ExpectedRevisions, etag

router = APIRouter(prefix="/v1", tags=["koppeling end"])


@router.get(
    "/koppeling-end",
    summary="What should become of the people, now that the koppeling is over?",
    operation_id="read_koppeling_end",
)
async def question(acting: Importing, parts: AppParts, response: Response) -> KoppelingEndView:
    """The question with its day, or that nothing is asked; nothing happens by itself."""
    asked, counts = await read_koppeling_end(parts.database, acting.school_id)
    if asked is not None:
        response.headers["ETag"] = etag(asked.revision)
    return KoppelingEndView.of(asked, counts, parts.settings.koppeling_end_most_days)


@router.post(
    "/koppeling-end/answers",
    summary="Answer it",
    operation_id="answer_koppeling_end",
    responses=problem_responses(
        ErrorCode.NOT_FOUND,
        ErrorCode.IF_MATCH_REQUIRED,
        ErrorCode.KOPPELING_CHANGED,
        ErrorCode.DECISION_NOT_POSSIBLE,
        ErrorCode.IMPORT_RUNNING,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def answer(
    *,
    body: AnswerRequest,
    acting: Importing,
    order: Ordering,
    parts: AppParts,
    response: Response,
    expected: ExpectedRevisions,
) -> KoppelingEndView:
    """`archive` makes a plan on the controlescherm, at `import_id`: nothing changes before VERDER.

    `keep` makes everybody the school's own; `wait` puts the day off.
    """
    settings = parts.settings
    rules = AnswerRules(settings.lease_seconds, settings.koppeling_end_most_days)
    asked = await answer_koppeling_end(
        *(parts.database, parts.queue, rules, order, body.given()), expected=expected
    )
    response.headers["ETag"] = etag(asked.revision)
    _, counts = await read_koppeling_end(parts.database, acting.school_id)
    return KoppelingEndView.of(asked, counts, settings.koppeling_end_most_days)


@router.get(
    "/koppeling-ends",
    summary="Schools whose koppeling is over, and how their question stands",
    operation_id="list_koppeling_ends",
)
async def overview(
    _: OurOps, parts: AppParts, limit: Limit = 50, cursor: Cursor = None
) -> Page[AskedSchoolView]:
    """For ops, over all schools."""
    found = await read_koppeling_ends(parts.database, decode_id(cursor), limit + 1)
    items = [AskedSchoolView.of(one) for one in found[:limit]]
    more = encode_cursor(str(items[-1].school_id)) if len(found) > limit else None
    return Page(items=items, next=more)

import json
import re

import pytest
from fastapi.exceptions import RequestValidationError

from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.problem_handlers import invalid_request, problem


@pytest.mark.parametrize("error", ErrorCode, ids=lambda error: error.code)
def test_every_code_is_stable_and_explained_in_dutch(error: ErrorCode) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
    assert 400 <= error.value.status < 600
    assert error.value.detail.endswith(".")
    assert not error.value.title.endswith(".")


def test_a_refusal_is_a_problem_document() -> None:
    wrong = FieldError("brin", "geen BRIN")
    answer = problem(Refusal(ErrorCode.INVALID_REQUEST, errors=(wrong,), extra={"hint": 1}))
    assert answer.media_type == "application/problem+json"
    body = json.loads(bytes(answer.body))
    assert body["code"] == "invalid_request"
    assert body["status"] == answer.status_code == 422
    assert body["errors"] == [{"field": "brin", "message": "geen BRIN"}]
    assert body["hint"] == 1


@pytest.mark.parametrize(
    ("location", "kind", "field"),
    [
        (("body", 17), "json_invalid", "body"),
        (("body",), "missing", "body"),
        (("body", "rows", 3, "id"), "missing", "rows.3.id"),
    ],
)
def test_a_field_is_named_as_its_caller_knows_it(
    location: tuple[str | int, ...], kind: str, field: str
) -> None:
    found = invalid_request(RequestValidationError([{"loc": location, "type": kind}]))
    assert [one.field for one in found.errors] == [field]

"""Errors to problem+json (RFC 9457): the only place that knows how a refusal looks on the wire."""

from collections.abc import Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from shared.errors.codes import ErrorCode
from shared.errors.field_messages import field_message
from shared.errors.refusal import FieldError, Refusal

MEDIA_TYPE = "application/problem+json"
_TYPE_BASE = "urn:koppeling:error:"
# A body of nothing but mistakes must not make an answer that is larger than itself.
_MOST_FIELDS = 100
_LONGEST_FIELD = 100
_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: ErrorCode.NOT_AUTHENTICATED,
    HTTPStatus.FORBIDDEN: ErrorCode.NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: ErrorCode.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: ErrorCode.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorCode.BODY_TOO_LARGE,
}


class ProblemField(BaseModel):
    """One field that is wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """The problem document of every error answer."""

    type: str = Field(examples=["urn:koppeling:error:not_found"])
    title: str = Field(examples=["No such thing"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["Dit bestaat niet, of u mag het niet zien."])
    code: str = Field(examples=["not_found"])
    errors: list[ProblemField] = []


def _field_of(error: Mapping[str, Any], skipped: int) -> str:
    # Of what is no JSON the location is how far it was read: no field's name.
    location = () if error["type"] == "json_invalid" else error["loc"][skipped:]
    return ".".join(map(str, location))[:_LONGEST_FIELD] or "body"


def problem_document(refusal: Refusal) -> dict[str, Any]:
    """The document that carries a refusal."""
    spec = refusal.error.value
    return {
        "type": _TYPE_BASE + refusal.error.code,
        "title": spec.title,
        "status": int(spec.status),
        "detail": refusal.detail or spec.detail,
        "code": refusal.error.code,
        "errors": [{"field": e.field, "message": e.message} for e in refusal.errors],
        **refusal.extra,
    }


def invalid_request(error: RequestValidationError | ValidationError) -> Refusal:
    """The refusal of what does not fit its model, without the input: it may hold a name."""
    # Where FastAPI found it (body, query, header) comes first in its own errors only.
    skipped = 1 if isinstance(error, RequestValidationError) else 0
    found = islice(error.errors(), _MOST_FIELDS)
    fields = (FieldError(_field_of(item, skipped), field_message(item)) for item in found)
    return Refusal(ErrorCode.INVALID_REQUEST, errors=tuple(fields))


def problem(refusal: Refusal, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that carries a refusal."""
    if refusal.error is ErrorCode.NOT_AUTHENTICATED:
        headers = {"WWW-Authenticate": "Bearer", **(headers or {})}
    return JSONResponse(
        problem_document(refusal),
        refusal.error.value.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def problem_responses(*codes: ErrorCode) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that can answer with these codes, for its OpenAPI document."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        entry = responses.setdefault(
            int(code.value.status),
            {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": ""},
        )
        entry["description"] += f"`{code.code}`: {code.value.title}. "
    return responses


def install_problem_handlers(app: FastAPI) -> None:
    """Make every refusal of an app answer as a problem document."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> JSONResponse:
        return problem(refusal)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem(invalid_request(error))

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        return problem(Refusal(_BY_STATUS.get(status, ErrorCode.REQUEST_REFUSED)), error.headers)

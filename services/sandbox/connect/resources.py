"""The resources of a vestiging: collections page by page, and single objects."""

import json

from fastapi import APIRouter, Request, Response

from services.sandbox.connect.access import open_view, sandbox_of
from services.sandbox.connect.errors import ConnectError
from services.sandbox.connect.query import MAX_AMOUNT, Query, read_query
from services.sandbox.connect.view import WRAPPERS, Row, View
from services.sandbox.generate.identity import derived_uuid

router = APIRouter(prefix="/rest/v1/connect/vestiging/{vestiging}")

BY_SUBJECT = frozenset({"leerling", "medewerker"})
NO_RIGHT = {
    "leerling": frozenset(
        {"pasfoto", "huiswerk", "voortgangsdossier", "examendossier", "rooster", "veldwaardes"}
    ),
    "lesgroep": frozenset({"rooster", "huiswerk"}),
    "medewerker": frozenset({"veldwaardes"}),
}


def _answer(view: View, kind: str, rows: list[Row], query: Query) -> bytes:
    body = f'{{"{WRAPPERS[kind]}": [{", ".join(row.text for row in rows)}]'
    if query.veldpermissies:
        body += f', "veldpermissies": {json.dumps(view.veldpermissies(kind))}'
    return f"{body}}}".encode()


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _page(view: View, kind: str, query: Query) -> list[Row]:
    rows = view.rows(kind)
    if query.uuids:
        rows = [row for row in rows if row.uuid in query.uuids]
    if query.stamgroep is not None and kind == "lesgroep":
        rows = [row for row in rows if row.linked == query.stamgroep]
    if query.subject is not None and kind in BY_SUBJECT:
        return [row for row in rows if subject(view, row.uuid) == query.subject]
    if query.amount is None or not 1 <= query.amount <= MAX_AMOUNT:
        raise ConnectError(400, f"amount is verplicht en ten hoogste {MAX_AMOUNT}")
    return rows[query.offset : query.offset + query.amount]


def subject(view: View, uuid: str) -> str:
    """Give the OIDC subject of a person's account."""
    return f"{view.school.uuid}/{derived_uuid(uuid, 'account')}"


@router.get("/velden")
@router.get("/velden/{_kind}")
@router.get("/leerling/veldwaardes")
@router.get("/medewerker/veldwaardes")
async def refuse_fields(request: Request, vestiging: str) -> Response:
    """Say that no right to free fields was given."""
    open_view(request, vestiging, None)
    raise ConnectError(403)


@router.get("/{kind}")
@router.get("/{kind}/")
async def list_page(request: Request, vestiging: str, kind: str) -> Response:
    """Give one page of a resource."""
    if kind not in WRAPPERS:
        raise ConnectError(404)
    query = read_query(request.url.query)
    view = open_view(request, vestiging, query.peil)
    if not query.is_page:
        return _json(_answer(view, kind, _page(view, kind, query), query))
    answers = sandbox_of(request).answers
    body = answers.get(view.key, (kind, query))
    if body is None:
        body = _answer(view, kind, _page(view, kind, query), query)
        answers.keep(view.key, (kind, query), body)
    return _json(body)


@router.get("/{kind}/{uuid}")
@router.get("/{kind}/{uuid}/")
async def get_one(request: Request, vestiging: str, kind: str, uuid: str) -> Response:
    """Give one object, in a list as the API does."""
    if kind not in WRAPPERS:
        raise ConnectError(404)
    query = read_query(request.url.query)
    view = open_view(request, vestiging, query.peil)
    rows = [row for row in view.rows(kind) if row.uuid == uuid.lower()]
    if not rows:
        raise ConnectError(404)
    return _json(_answer(view, kind, rows, query))


@router.get("/{kind}/{uuid}/{data}")
async def refuse_data(
    request: Request, vestiging: str, kind: str, uuid: str, data: str
) -> Response:
    """Say that no right to this kind of data was given; a hidden person stays unknown."""
    if data not in NO_RIGHT.get(kind, frozenset()):
        raise ConnectError(404)
    view = open_view(request, vestiging, None)
    visible = any(row.uuid == uuid.lower() for row in view.rows(kind))
    raise ConnectError(403 if visible else 404)

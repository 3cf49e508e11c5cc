"""The faults at work: between the server and the sandbox's own answers."""

import asyncio
import json
import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.sandbox.faults import FaultRule, FaultRules

FAULTY_PATHS = ("/rest/", "/oauth2/")
MAINTENANCE = b"<!DOCTYPE html><html><body><h1>Somtoday is in onderhoud</h1></body></html>"
TOO_MANY = 429
CHANGES_ROWS = frozenset({"unknown_field", "missing_field", "wrong_type", "repeat_row"})
CUTS = frozenset({"drop", "truncate"})


class FaultMiddleware:
    """Strikes requests with the faults that are in force."""

    def __init__(
        self, app: ASGIApp, faults: FaultRules, expire_token: Callable[[str], None]
    ) -> None:
        self.app = app
        self.faults = faults
        self.expire_token = expire_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, spoilt as the rules say."""
        rules = self._rules(scope)
        for rule in rules:
            if rule.kind == "latency":
                await asyncio.sleep(rule.seconds)
        for rule in rules:
            if (answer := _instead(rule)) is not None:
                await _send_all(send, *answer)
                return
        if not rules:
            await self.app(scope, receive, send)
            return
        await self._spoil(rules, scope, receive, send)

    def _rules(self, scope: Scope) -> list[FaultRule]:
        if scope["type"] != "http" or not scope["path"].startswith(FAULTY_PATHS):
            return []
        return self.faults.take(scope["path"], scope["query_string"].decode())

    async def _spoil(
        self, rules: list[FaultRule], scope: Scope, receive: Receive, send: Send
    ) -> None:
        kinds = {rule.kind for rule in rules}
        if "expire_token" in kinds:
            self.expire_token(_bearer(scope))
        shift = ("skip_row" in kinds) - ("repeat_row" in kinds)
        spoilt = dict(scope) | {"query_string": _shifted(scope["query_string"], shift)}
        start, body = await _capture(self.app, spoilt, receive)
        for rule in rules:
            body = _change_rows(rule, body, scope)
        if kinds & CUTS:
            await _send_cut(send, start, body, whole_length="drop" in kinds)
        else:
            await _send_all(send, start["status"], body, start["headers"])


def _instead(rule: FaultRule) -> tuple[int, bytes, list[tuple[bytes, bytes]]] | None:
    html = [(b"content-type", b"text/html; charset=utf-8")]
    if rule.kind == "html_maintenance":
        return 200, MAINTENANCE, html
    if rule.kind not in {"status", "rate_limit"}:
        return None
    limited = rule.kind == "rate_limit"
    seconds = rule.retry_after if rule.retry_after is not None or not limited else 1
    headers = [] if seconds is None else [(b"retry-after", str(seconds).encode())]
    return (TOO_MANY if limited else rule.status), b"", headers


def _bearer(scope: Scope) -> str:
    headers = dict(scope["headers"])
    return str(headers.get(b"authorization", b"").decode().partition(" ")[2])


def _offset(query: bytes) -> int:
    found = re.search(rb"(?:^|&)offset=(\d+)", query)
    return int(found[1]) if found else 0


def _shifted(query: bytes, shift: int) -> bytes:
    if not shift:
        return query
    offset = max(0, _offset(query) + shift)
    kept = [part for part in query.split(b"&") if part and not part.startswith(b"offset=")]
    return b"&".join([*kept, b"offset=%d" % offset])


async def _capture(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    starts: list[Message] = []
    chunks: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            starts.append(message)
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, keep)
    return starts[0], b"".join(chunks)


def _change_rows(rule: FaultRule, body: bytes, scope: Scope) -> bytes:
    if rule.kind not in CHANGES_ROWS or not body.startswith(b"{"):
        return body
    answer = json.loads(body)
    rows = next((value for value in answer.values() if isinstance(value, list)), [])
    if rule.kind == "repeat_row":
        if _offset(scope["query_string"]) == 0:
            rows.extend(rows[:1])
    else:
        for row in rows if rule.all_rows else rows[:1]:
            _change_row(rule, row)
    return json.dumps(answer, ensure_ascii=False).encode()


def _change_row(rule: FaultRule, row: dict[str, object]) -> None:
    if rule.kind == "missing_field":
        row.pop(rule.field or "uuid", None)
    elif rule.kind == "unknown_field":
        row[rule.field or "nieuwVeld"] = "onbekend"
    else:
        row[rule.field or "achternaam"] = {"onverwacht": True}


def _headers(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]


async def _send_all(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    start = {"status": status, "headers": _headers(headers, len(body))}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": body})


async def _send_cut(send: Send, start: Message, body: bytes, *, whole_length: bool) -> None:
    half = body[: len(body) // 2]
    if not whole_length:
        await _send_all(send, start["status"], half, start["headers"])
        return
    # Promise everything, send half, and return: the server then closes the connection.
    headers = _headers(start["headers"], len(body))
    await send({"type": "http.response.start", "status": start["status"], "headers": headers})
    await send({"type": "http.response.body", "body": half, "more_body": True})

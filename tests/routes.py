"""Every route of a service's OpenAPI document, as calls that ask it about given things."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from shared.clock import now, today
from shared.ids import new_id
from tests.fixtures.servers import ROOT

_IN_PATH = re.compile(r"\{(\w+)\}")
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SENT_FILE = {"file": ("leerlingen.csv", b"leerlingnummer;roepnaam\n1;A\n", "text/csv")}
# What is in a path and is no id.
_SOME = {"schooljaar": "2026-2027", "table": "uses", "file_format": "csv", "code": "rekenen"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One operation; `query` names its parameters, `body` is the schema of its JSON."""

    method: str
    path: str
    query: frozenset[str]
    body: Json | None
    takes_file: bool
    schemas: Json

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def mentions(self, things: Mapping[str, str]) -> bool:
        """Whether a call about these things names one of them."""
        sent = json.dumps({**self.call(things), "files": None})
        return any(value in sent for value in things.values())

    def call(self, things: Mapping[str, str], **query: str) -> Json:
        """The arguments of a request about these things; what is not among them is made up."""
        found = {name: things[name] for name in self.query & things.keys()}
        sent: Json = {"params": found | {k: v for k, v in query.items() if k in self.query}}
        if self.takes_file:
            sent["files"] = _SENT_FILE
        elif self.body is not None:
            sent["json"] = self._value(self.body, things, "")
        named = {**_SOME, **things}
        path = _IN_PATH.sub(lambda name: named.get(name[1], str(new_id())), self.path)
        headers = {"Idempotency-Key": str(new_id()), "If-Match": "*"}
        return {"method": self.method, "url": path, "headers": headers, **sent}

    def _value(self, schema: Json, things: Mapping[str, str], name: str) -> Any:
        schema = self._resolved(schema)
        if name in things:
            return things[name]
        if schema.get("format") == "uuid":
            return str(new_id())
        if schema.get("type") == "object":
            parts = schema.get("properties", {})
            wanted = [
                part for part in parts if part in schema.get("required", ()) or part in things
            ]
            return {part: self._value(parts[part], things, part) for part in wanted}
        if schema.get("type") == "array" and "items" in schema:
            items = self._resolved(schema["items"])
            if items.get("type") == "object" or items.get("format") == "uuid":
                return [self._value(items, things, name)]
        return _plain(schema)

    def _resolved(self, schema: Json) -> Json:
        if "$ref" in schema:
            found = self.schemas[schema["$ref"].rpartition("/")[2]]
            return self._resolved({**found, **{k: v for k, v in schema.items() if k != "$ref"}})
        several = schema.get("anyOf", [{"type": "null"}])
        full = next((one for one in several if one.get("type") != "null"), None)
        return schema if full is None else self._resolved({**full, **schema, "anyOf": []})


def _plain(schema: Json) -> Any:
    kind, form = schema.get("type"), schema.get("format")
    if form == "date-time":
        return now().isoformat()
    if form == "date":
        return str(today())
    shown = [one for one in schema.get("examples", ()) if one is not None]
    if shown or schema.get("enum"):
        return (shown or schema["enum"])[0]
    return {"integer": 1, "boolean": True, "array": []}.get(str(kind), "x")


def routes(service: str) -> Iterator[Route]:
    """Every operation of the document that CI holds to the code."""
    document = json.loads((ROOT / "docs" / "openapi" / f"{service}.json").read_text())
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            asked = operation.get("parameters", ())
            yield Route(
                method.upper(),
                path,
                frozenset(one["name"] for one in asked if one["in"] == "query"),
                content.get("application/json", {}).get("schema"),
                "multipart/form-data" in content,
                document["components"]["schemas"],
            )


def told(answer: httpx.Response) -> tuple[int, str]:
    """What an answer tells, whatever ids it was asked with."""
    return answer.status_code, _ID.sub("", answer.text)

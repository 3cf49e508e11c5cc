"""An OpenAPI 3.0 document as a strict judge of answers."""

import datetime as dt
import json
import re
import uuid
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

UUID_FORM = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
DATE_FORM = re.compile(r"^\d{4}-\d{2}-\d{2}$")

formats = FormatChecker(formats=())


@formats.checks("uuid", raises=ValueError)
def is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return True
    uuid.UUID(value)
    return bool(UUID_FORM.match(value))


@formats.checks("date", raises=ValueError)
def is_date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    dt.date.fromisoformat(value)
    return bool(DATE_FORM.match(value))


@formats.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    return not isinstance(value, str) or dt.datetime.fromisoformat(value).tzinfo is not None


def strict(node: Any) -> Any:
    """Forbid unknown keys in every object schema, and read nullable as JSON Schema does."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: strict(value) for key, value in node.items()}
    if isinstance(made.get("type"), str):
        if isinstance(made.get("properties"), dict):
            made.setdefault("additionalProperties", False)
        if made.pop("nullable", False) is True:
            made["type"] = [made["type"], "null"]
            if "enum" in made:
                made["enum"] = [*made["enum"], None]
    return made


class OpenApiDocument:
    """Finds the operation of a request and judges status and body of its answer."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.components = {"schemas": strict(document["components"]["schemas"])}
        self.operations = [
            (self._pattern(path), path, method, operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method in {"get", "post", "put", "delete"}
        ]
        self.operations.sort(key=lambda entry: entry[1].count("{"))
        self.validators: dict[str, Draft4Validator] = {}

    @classmethod
    def read(cls, path: Path) -> "OpenApiDocument":
        return cls(json.loads(path.read_text(encoding="utf-8")))

    @staticmethod
    def _pattern(path: str) -> re.Pattern[str]:
        return re.compile(
            "^" + re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path.rstrip("/"))) + "/?$"
        )

    def problems(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """Give all that is wrong with an answer; nothing when it is as documented."""
        found = next(
            (op for form, _, verb, op in self.operations if verb == method and form.match(path)),
            None,
        )
        if found is None:
            return ["no such operation in the document"]
        if str(status) not in found["responses"]:
            return [f"status {status} is not documented"]
        content = found["responses"][str(status)].get("content")
        if not content:
            return ["a body where none is documented"] if body else []
        try:
            value = json.loads(body)
        except ValueError:
            return ["the body is not JSON"]
        return self._schema_problems(content["application/json"]["schema"], value)

    def _schema_problems(self, schema: dict[str, Any], value: object) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            root = {"allOf": [strict(schema)], "components": self.components}
            self.validators[key] = Draft4Validator(root, format_checker=formats)
        return [
            f"{'/'.join(str(part) for part in error.absolute_path)}: {error.message[:200]}"
            for error in self.validators[key].iter_errors(value)
        ]

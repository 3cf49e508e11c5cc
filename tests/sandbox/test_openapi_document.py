import json
from pathlib import Path

import pytest

from tests.contract import check_sandbox
from tests.contract.openapi_document import OpenApiDocument

REF = {"$ref": "#/components/schemas/Things"}
DOCUMENT = {
    "paths": {
        "/things/{uuid}": {
            "get": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": REF}}},
                    "404": {"description": "unknown"},
                }
            }
        }
    },
    "components": {
        "schemas": {
            "Things": {
                "type": "object",
                "properties": {
                    "things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
                },
            },
            "Thing": {
                "type": "object",
                "properties": {
                    "uuid": {"type": "string", "format": "uuid"},
                    "day": {"type": "string", "format": "date"},
                    "number": {"type": "integer"},
                    "maybe": {"type": "string", "nullable": True},
                    "kind": {"type": "string", "enum": ["A", "B"]},
                },
            },
        }
    },
}
GOOD = {
    "uuid": "6511ebc1-c478-4be6-abc4-3324ce6f87b5",
    "day": "2026-11-24",
    "number": 1,
    "maybe": None,
    "kind": "A",
}


def judge(thing: dict[str, object], status: int = 200, path: str = "/things/1") -> list[str]:
    body = json.dumps({"things": [thing]}).encode()
    return OpenApiDocument(DOCUMENT).problems("get", path, status, body)


def test_a_good_answer_passes() -> None:
    assert judge(GOOD) == []
    assert OpenApiDocument(DOCUMENT).problems("get", "/things/1", 404, b"") == []


@pytest.mark.parametrize(
    "broken",
    [
        {"extra": 1},
        {"uuid": "6511EBC1"},
        {"uuid": 5},
        {"day": "24-11-2026"},
        {"day": "2026-02-30"},
        {"number": "1"},
        {"number": None},
        {"kind": "C"},
    ],
)
def test_a_deliberate_break_is_caught(broken: dict[str, object]) -> None:
    assert len(judge(GOOD | broken)) >= 1


def test_status_path_body_and_wrapper_are_judged() -> None:
    document = OpenApiDocument(DOCUMENT)
    assert judge(GOOD, status=403) == ["status 403 is not documented"]
    assert judge(GOOD, status=404) == ["a body where none is documented"]
    assert judge(GOOD, path="/other") == ["no such operation in the document"]
    assert document.problems("get", "/things/1", 200, b"<html>") == ["the body is not JSON"]
    assert document.problems("get", "/things/1", 200, b'{"thingies": []}')


def test_the_check_fails_without_a_document_and_with_a_poor_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_sandbox.main([]) == 2
    assert check_sandbox.main([str(tmp_path / "absent.json")]) == 2
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert check_sandbox.main([str(broken)]) == 2
    assert "not an OpenAPI document" in capsys.readouterr().out

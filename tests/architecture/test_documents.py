"""What is written down beside the code says what the code does."""

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.main import main
from console.settings_document import SERVICES
from console.written_documents import documents, openapi_document, unstarted_app

ROOT = Path(__file__).parents[2]


def test_what_docs_say_of_the_code_is_current() -> None:
    stale = [
        name
        for name, content in documents().items()
        if not (path := ROOT / "docs" / name).exists() or path.read_text() != content
    ]
    assert not stale, "run `make documents`"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_described_and_can_refuse(service: str) -> None:
    for path, operations in json.loads(openapi_document(service))["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            assert {"401", "403"} <= operation["responses"].keys(), f"{method} {path}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_call_waits_for_a_thread(service: str) -> None:
    """FastAPI hands a plain function to one, though it only looks up what is there."""
    included = [getattr(one, "original_router", None) for one in unstarted_app(service).routes]
    found = [route for router in included if router for route in router.routes]
    assert len(found) > 10
    waiting = [route.dependant for route in found]
    called = set()
    while waiting:
        one = waiting.pop()
        waiting += one.dependencies
        called.add(one.call)
    assert [one for one in called if not _is_async(one)] == []


def _is_async(call: Any) -> bool:
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(kind(one) for kind in kinds for one in (call, type(call).__call__))


def test_nothing_unfinished_is_committed() -> None:
    words = "TO" + "DO|FIX" + "ME|XX" + "X|pytest.mark.sk" + "ip|NotImpl" + "emented"
    command = ["git", "grep", "-nE", words, "--", ":!requirements.lock"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout == ""


@pytest.mark.parametrize("command", ["", "demo", "serve", "migrate", "sandbox", "keys", "import"])
def test_the_command_explains_itself(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["koppeling", *command.split(), "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "Usage" in capsys.readouterr().out

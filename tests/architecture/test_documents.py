"""What is written down beside the code says what the code does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from console.settings_document import SERVICES
from console.written_documents import documents, openapi_document

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


def test_nothing_unfinished_is_committed() -> None:
    words = "TO" + "DO|FIX" + "ME|XX" + "X|pytest.mark.sk" + "ip|NotImpl" + "emented"
    command = ["git", "grep", "-nE", words, "--", ":!requirements.lock"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout == ""


@pytest.mark.parametrize("command", ["", "demo", "serve", "migrate", "sandbox", "keys", "import"])
def test_the_command_explains_itself(command: str) -> None:
    program = Path(sys.executable).parent / "koppeling"
    done = subprocess.run(
        [program, *command.split(), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Usage" in done.stdout

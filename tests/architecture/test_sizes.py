"""No file that you would have to scroll to understand: 250 lines, tests 300, functions 40."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("shared", "services", "console", "deploy", "migrations", "benchmarks", "tests")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
# A migration is read once, top to bottom, and never edited afterwards.
_UNLIMITED = ROOT / "migrations" / "versions"


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_fits_its_limit(path: Path) -> None:
    if path.is_relative_to(_UNLIMITED):
        return
    limit = 300 if path.is_relative_to(ROOT / "tests") else 250
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_function_fits_in_forty_lines(path: Path) -> None:
    if path.is_relative_to(_UNLIMITED):
        return
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > 40
        and not any(
            isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner in ast.walk(node)
            if inner is not node
        )
    ]
    assert not long


@pytest.mark.parametrize("path", [path for path in FILES if path.name == "__init__.py"], ids=_name)
def test_a_package_says_in_one_sentence_what_lives_in_it(path: Path) -> None:
    body = ast.parse(path.read_text()).body
    assert len(body) == 1
    assert ast.get_docstring(ast.parse(path.read_text()))

"""Every edge case that docs/edge-cases.md lists is proven by a test that exists."""

import ast
import re
from functools import cache

import pytest

from tests.fixtures.servers import ROOT

_ROW = re.compile(r"^\| (\d+) \| [^|]+ \| `([\w/]+\.py)::(test_\w+)` \|$")
SIZES = {"Peers": 20, "More": 4, "Licenses": 10, "Ours": 30, "Traps": 20}


@cache
def _listed() -> dict[str, list[tuple[int, str, str]]]:
    found: dict[str, list[tuple[int, str, str]]] = {}
    for section in (ROOT / "docs" / "edge-cases.md").read_text().split("\n## ")[1:]:
        title, *lines = section.splitlines()
        rows = [line for line in lines if re.match(r"\| \d", line)]
        read = [match.groups() for line in rows if (match := _ROW.match(line))]
        assert len(read) == len(rows), f"a row of {title} names no test"
        found[title] = [(int(number), path, test) for number, path, test in read]
    return found


@cache
def _tests_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def test_no_list_is_missing() -> None:
    assert _listed().keys() == SIZES.keys()


@pytest.mark.parametrize("title", SIZES)
def test_every_case_is_proven_by_a_test_that_exists(title: str) -> None:
    listed = _listed()[title]
    assert {number for number, _, _ in listed} == set(range(1, SIZES[title] + 1))
    assert [test for _, path, test in listed if test not in _tests_in(path)] == []

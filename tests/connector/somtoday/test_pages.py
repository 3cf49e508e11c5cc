"""A page is the same page whether it is read whole or, for one bad row's sake, row by row."""

import json
from typing import Any

import pytest

from services.connector.somtoday.errors import SourceUnavailableError
from services.connector.somtoday.pages import LEERLINGEN, LESGROEPEN
from services.connector.somtoday.rows import Unreadable
from services.connector.somtoday.wire import Leerling

GOOD: list[dict[str, Any]] = [
    {"uuid": "a", "leerlingnummer": 7, "plaatsingen": [{"startdatum": "2026-08-01"}]},
    {"uuid": "b", "roepnaam": "Noor", "BSN": "999999990", "lesgroepen": []},
    {},
]


def page(rows: object, **more: object) -> bytes:
    return json.dumps({"leerlingen": rows, **more}).encode()


@pytest.mark.parametrize(
    "bad", [{"uuid": 7}, "geen rij", None, {"plaatsingen": [{"leerjaar": 1.5}]}]
)
def test_a_bad_row_changes_no_other_row(bad: object) -> None:
    whole = LEERLINGEN.read(page(GOOD)).rows
    found = LEERLINGEN.read(page([*GOOD, bad])).rows
    assert found[:-1] == whole
    assert [row.model_fields_set for row in found[:-1] if isinstance(row, Leerling)] == [
        row.model_fields_set for row in whole if isinstance(row, Leerling)
    ]
    assert isinstance(found[-1], Unreadable)
    assert found[-1].raw == bad


def test_the_wrong_fields_of_a_bad_row_are_named() -> None:
    bad = {"uuid": 7, "achternaam": {"x": 1}, "roepnaam": "Noor"}
    (found,) = LEERLINGEN.read(page([bad])).rows
    assert isinstance(found, Unreadable)
    assert found.fields == ["achternaam", "uuid"]


def test_what_a_roster_may_not_hold_is_dropped_as_it_is_read() -> None:
    assert "999999990" not in repr(LEERLINGEN.read(page(GOOD)))


@pytest.mark.parametrize("rights", [None, [], "ja", {"uuid": True, "BSN": "nee"}])
def test_odd_veldpermissies_permit_nothing_by_themselves(rights: object) -> None:
    read = LEERLINGEN.read(page(GOOD, veldpermissies=rights))
    assert len(read.rows) == len(GOOD)
    assert read.rights.allows("BSN", present=False) is False


@pytest.mark.parametrize("content", [page({}), page(None), b"{}", b"[]", b"7"])
def test_without_its_list_of_rows_it_is_no_page(content: bytes) -> None:
    with pytest.raises(SourceUnavailableError):
        LEERLINGEN.read(content)
    with pytest.raises(SourceUnavailableError):
        LESGROEPEN.read(page(GOOD))


@pytest.mark.parametrize(
    "content", [page(GOOD)[:-1], b"", b"\xff", b'{"leerlingen": [{"BSN": "\\ud800"}]}']
)
def test_what_was_cut_off_or_is_no_text_is_told_from_a_bad_row(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        LEERLINGEN.read(content)

"""A list that says how long it is must be so long; one that says nothing proves nothing."""

import pytest

from services.importer.domain.coverage import LIST_COUNTED
from services.importer.sources.raw_rows import RawRow
from services.importer.sources.stated_counts import stated_count
from services.importer.sources.unreadable import UntrustedFileError
from tests.importer.sources.books import book
from tests.importer.sources.file_reading import HEAD, at_the_door, problems, read

ROWS = "\n".join(f"{at};Kind;Vos;H{at % 2}A" for at in range(1, 13))
LIST = f"{HEAD};klas\n{ROWS}\n"


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["Aantal leerlingen: 12"], 12),
        (["Aantal", "", "12"], 12),
        (["", "", "Totaal", "12"], 12),
        (["12 leerlingen"], 12),
        (["Totaal aantal records in deze selectie = 1.234"], 1234),
        (["Aantal meisjes", "6"], None),
        (["Aantal leerlingen"], None),
        (["Totaal 12 van 13"], None),
        (["leerling", "1001"], None),
        (["12"], None),
        (["Afgedrukt op 24-11-2026"], None),
        (["Aantal", "12", "H4A"], None),
        ([""], None),
    ],
)
def test_a_line_that_says_how_many_there_are(cells: list[str], count: int | None) -> None:
    assert stated_count(RawRow(1, cells)) == count


@pytest.mark.parametrize(
    "text",
    [
        f"{LIST}Aantal leerlingen: 12\n",
        f"{LIST};;;\n;;Totaal;12",
        f"Aantal leerlingen: 12\n{LIST}",
        # Each class has its own, and the school one of all.
        f"{HEAD}\n1;A;V\n2;B;V\nAantal: 2\n3;C;V\nAantal: 1\nTotaal: 3\n",
        # Two periods, one pupil.
        f"{HEAD}\n1;A;V\n01;A;V\n2;B;V\nAantal leerlingen: 2\n",
    ],
)
def test_a_count_that_is_right_proves_the_list_and_is_nobody(text: str) -> None:
    assert [one.code for one in problems(text)] == [LIST_COUNTED]
    assert "pupil" in read(text).header.complete_for
    table = book([line.split(";") for line in text.splitlines()])
    assert [one.code for one in problems(table)] == [LIST_COUNTED]


@pytest.mark.parametrize("count", [0, 11, 13, 120])
@pytest.mark.parametrize("form", ["{list}Aantal leerlingen: {count}\n", "Totaal;{count}\n{list}"])
def test_a_count_that_is_wrong_is_a_list_that_is_not_whole(form: str, count: int) -> None:
    with pytest.raises(UntrustedFileError, match=f"dat de lijst {count} lang is.*heeft er 12"):
        at_the_door(form.format(list=LIST, count=count).encode())


def test_wherever_a_counted_list_is_cut_it_is_noticed() -> None:
    whole = f"Aantal leerlingen: 12\n{LIST}".encode()
    for line in range(1, 12):
        cut = whole[: whole.index(f"\n{line + 1};".encode()) + 1]
        with pytest.raises(UntrustedFileError, match="afgebroken"):
            at_the_door(cut)


def test_a_class_that_says_how_long_it_is_proves_nothing_of_the_school() -> None:
    first = f"{HEAD}\n1;A;V\n2;B;V\nAantal: 2\n"
    for cut in (f"{first}3;C;V\n", f"{first}3;C;V\nAantal: 1\n"):
        assert problems(cut) == []
        assert len(read(cut).people) == 3


def test_without_a_count_a_cut_at_a_line_end_cannot_be_seen_and_nothing_is_proven() -> None:
    cut = LIST[: LIST.index("\n7;") + 1]
    assert problems(cut) == []
    assert len(read(cut).people) == 6


def test_a_count_of_pupils_is_not_held_against_rows_while_nobody_said_which_column_is_which() -> (
    None
):
    text = "Nr.;Roepnaam;Achternaam\n1;A;V\n1;A;V\n2;B;V\nAantal leerlingen: {}\n"
    mapping = {"pupil_number": 0, "given_name": 1, "family_name": 2}
    assert len(read(text.format(2), mapping).people) == 2
    with pytest.raises(UntrustedFileError):
        read(text.format(4), mapping)

"""The edge cases that a file can hold, by their numbers under "Ours" in docs/edge-cases.md."""

import unicodedata

import pytest

from services.importer.sources.unreadable import UnreadableFileError
from tests.importer.sources.books import book
from tests.importer.sources.file_reading import HEAD, bad_cells, only_pupil, read


@pytest.mark.parametrize(
    "name",
    [
        *("Zoë\u00a0", "\u00a0 Zoë", "Zo\u200bë", unicodedata.normalize("NFD", "Zoë")),
        *("\u202aZoë\u202c", "\u202eZoë", "Zo\u00adë", "\u2067Zoë\u2069\u200f"),
    ],
)
def test_case_9_nfc_nfd_and_a_non_breaking_space_are_one_name(name: str) -> None:
    for content in (
        f"{HEAD}\n1;{name};Vos\n".encode(),
        book([HEAD.split(";"), ("1", name, "Vos")]),
    ):
        assert only_pupil(content)["given_name"] == "Zoë"


def test_case_9_casing_and_a_prefix_in_the_wrong_column_are_kept_as_the_school_wrote_them() -> None:
    fields = only_pupil(f"{HEAD};tussenvoegsel\n1;ANNA;van der Vos;\n")
    assert (fields["given_name"], fields["prefix"], fields["family_name"]) == (
        "ANNA",
        None,
        "van der Vos",
    )


@pytest.mark.parametrize(
    "name", ["Ĳsbrand", "Groß", "Şahin", "محمد", "Anna 🦉", "X", "x" * 200, "d'Été-O\u2019Neil"]
)
def test_case_10_any_alphabet_one_letter_and_two_hundred(name: str) -> None:
    assert only_pupil(f"{HEAD}\n1;{name};{name}\n")["family_name"] == name
    assert only_pupil(book([HEAD.split(";"), ("1", name, name)]))["given_name"] == name


@pytest.mark.parametrize("rows", [[], [HEAD], [HEAD, HEAD], [HEAD, "1;A;V", HEAD, "2;B;W"]])
def test_case_11_empty_header_only_and_header_twice_are_no_list(rows: list[str]) -> None:
    for content in ("\n".join(rows).encode(), book([row.split(";") for row in rows])):
        with pytest.raises(UnreadableFileError):
            read(content)


def test_case_20_00123_and_123_are_one_pupil_and_the_zeros_stay() -> None:
    found = read(f"{HEAD};klas\n00123;Anna;Vos;H4A\n123;Anna;Vos;H4B\n")
    (anna,) = found.people
    assert anna.fields["pupil_number"] == "00123"
    assert {one.person for one in found.memberships} == {anna.ref}
    assert len(found.memberships) == 2


def test_case_20_a_mark_that_nobody_sees_makes_no_other_number() -> None:
    assert only_pupil(f"{HEAD}\n\u200e00123\u202c;Anna;Vos\n")["pupil_number"] == "00123"


def test_case_27_a_nul_a_broken_surrogate_and_a_formula_harm_nobody() -> None:
    with pytest.raises(UnreadableFileError, match="geen tekst"):
        read(f"{HEAD}\n1;An\0na;Vos\n".encode())
    for content in (
        f"{HEAD}\n1;An\0na;Vos\n".encode("utf-8-sig"),
        f"{HEAD}\n1;An\0na;Vos\n".encode("utf-16"),
    ):
        assert only_pupil(content)["given_name"] == "An na"
    with pytest.raises(UnreadableFileError, match="CSV UTF-8"):
        read(f"{HEAD}\n1;An\ud800na;Vos\n".encode("utf-16", "surrogatepass"))
    (bad,) = bad_cells(f"{HEAD}\n1;=1+1;Vos\n2;Bea;Mol\n")
    assert (bad.value, bad.column) == ("=1+1", 2)

"""How a CSV is written: delimiters, encodings, quotes, and files that are none."""

import gzip
import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.importer.sources.unreadable import UnreadableFileError
from tests.importer.domain.strategies import unhurried
from tests.importer.sources.file_reading import (
    HEAD,
    at_the_door,
    bad_cells,
    only_pupil,
    problems,
    read,
)

ANNA = {"pupil_number": "00123", "given_name": "Zoë", "family_name": "Müller"}
ROWS = [["leerlingnummer", "roepnaam", "achternaam"], ["00123", "Zoë", "Müller"]]


def written(delimiter: str = ";", end: str = "\r\n") -> str:
    return "".join(delimiter.join(row) + end for row in ROWS)


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_usual_delimiter_and_line_end(delimiter: str, end: str) -> None:
    assert only_pupil(written(delimiter, end)) == ANNA


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32"])
def test_any_usual_encoding(encoding: str) -> None:
    assert only_pupil(written().encode(encoding)) == ANNA


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_sep_line_names_the_delimiter(delimiter: str, end: str) -> None:
    head = f"SEP={delimiter}{end}"
    assert only_pupil(head + written(delimiter, end)) == ANNA
    bad = head + written(delimiter, end) + delimiter.join(["9", "", "x"]) + end
    assert [problem.place for problem in problems(bad)] == ["regel 4, kolom 2"]


@pytest.mark.parametrize("line", ["sep=", 'sep="', "sep=a", "Lijst;H4", "", ";;;"])
def test_a_line_above_the_column_names_is_passed_over(line: str) -> None:
    text = f"{line}\r\n{written()}"
    assert only_pupil(text) == ANNA
    assert [problem.place for problem in problems(f"{text}9;;x\r\n")] == ["regel 4, kolom 2"]


def test_a_line_that_may_be_a_person_is_no_title() -> None:
    with pytest.raises(UnreadableFileError, match="kolomnamen"):
        read(f"00123;Zoë;Müller\r\n{written()}")


def test_quotes_may_hold_delimiters_quotes_and_new_lines() -> None:
    text = f'{HEAD}\r\n123;"Anna ""Ans""";"Vos;\r\nde"\r\n9;;x\r\n'
    (anna,) = read(text).people
    assert anna.fields["given_name"] == 'Anna "Ans"'
    assert anna.fields["family_name"] == "Vos; de"
    assert [problem.place for problem in problems(text)] == ["regel 4, kolom 2"]


def test_a_quote_without_end_refuses_the_file_rather_than_losing_who_comes_after() -> None:
    text = f'{HEAD}\n1;Anna;Vos\n2;"Bea;Mol\n3;Cas;Bos\n'
    with pytest.raises(UnreadableFileError, match="Regel 3 "):
        read(text)


def test_no_break_spaces_and_excels_text_numbers() -> None:
    text = f'{HEAD}\n="00123";\u00a0Zoë ;Müller\u00a0\n'
    assert only_pupil(text) == ANNA
    assert only_pupil(f'{HEAD}\n"=""00123""";Zoë;Müller\n') == ANNA


@pytest.mark.parametrize(
    "name", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x", "=HYPERLINK(A1)", "\t=1"]
)
def test_a_csv_formula_in_a_name_makes_its_row_bad(name: str) -> None:
    (bad,) = bad_cells(f"{HEAD}\n1;Anna;Vos\n2;{name};Mol\n")
    assert (bad.line, bad.column, bad.title, bad.field) == (3, 2, "roepnaam", "given_name")
    assert bad.value == name.strip()
    assert bad.detail == "roepnaam lijkt een formule; vul de waarde zelf in"


def test_a_dash_or_a_plus_is_no_formula() -> None:
    assert only_pupil(f"{HEAD};tussenvoegsel\n1;-x;+y;-\n")["prefix"] == "-"


def test_blank_lines_and_trailing_delimiters_are_nothing() -> None:
    assert only_pupil(f"{HEAD}\n\n;;\n00123;Zoë;Müller;;\n ; ;\n") == ANNA


def test_a_short_row_has_empty_cells() -> None:
    assert only_pupil(f"{HEAD};email\n00123;Zoë;Müller\n") == {**ANNA, "email": None}


def _zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "leeg"),
        (b" \r\n\t\r\n", "leeg"),
        (b"\xef\xbb\xbf", "kolomnamen"),
        (HEAD.encode(), "alleen kolomnamen"),
        (f"{HEAD}\r\n;;\r\n".encode(), "alleen kolomnamen"),
        (b"123;Anna;Vos\r\n", "kolomnamen"),
        (b"roepnaam;achternaam\r\nAnna;Vos\r\n", "leerlingnummer of docentcode"),
        (_zipped(), "zip-bestand"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Excel"),
        (gzip.compress(b"x" * 100, mtime=0), "geen tekst"),
        (f"{HEAD};{';'.join(['x'] * 997)}\r\n".encode(), "meer dan 200 kolommen"),
        (f"{HEAD}\r\n1;{'x' * 10_000_000};Vos\r\n".encode(), "Regel 2 is langer"),
        # One row that never ends, of small cells on short lines.
        (HEAD.encode() + b'\r\n"a' + b'\n";"a' * 250_000, "is langer dan"),
        (f"{HEAD}\r\n1;{'x' * 10_001};Vos\r\n".encode(), "Regel 2 heeft een cel van meer dan"),
        (f"{HEAD}\n1;A;V\n{HEAD}\n2;B;W\n".encode(), "Op regel 3 staan de kolomnamen"),
        (f"{HEAD}\n{HEAD}\n".encode(), "Op regel 2 staan de kolomnamen"),
        (f"{HEAD};klas\n1;A;V;H1\n2;B;W".encode(), "afgebroken"),
        (f'{HEAD}\n1;A;V\n2;B;"W'.encode(), "afgebroken"),
        (b"\xff\xfe\x00", "CSV UTF-8"),
        (f"{HEAD}\r\n1;Zoë;Müller\r\n".encode() + b"2;\xe9;x\r\n", "CSV UTF-8"),
    ],
)
def test_what_is_no_csv_is_refused_in_dutch_with_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        at_the_door(content)


@pytest.mark.parametrize(
    "content",
    [
        f"{HEAD}\n1;Anna;Vos\n2;Zoë;Mol\n".encode("cp437"),
        f"{HEAD}\n1;Anna;Vos\n2;Zo{'ë'.encode().decode('cp1252')};Mol\n".encode(),
    ],
    ids=["dos", "twice"],
)
def test_letters_of_another_encoding_make_a_row_bad_rather_than_a_new_name(content: bytes) -> None:
    (bad,) = bad_cells(content)
    assert (bad.place, "verminkte letters" in bad.detail) == ("regel 3, kolom 2", True)


def test_blanks_before_quotes_are_nothing() -> None:
    assert only_pupil(f'{HEAD.replace(";", ", ")}\n00123, "Zoë", "Müller"\n') == ANNA


def test_a_sign_that_cannot_be_read_makes_its_row_bad() -> None:
    text = f"{HEAD}\r\n1;Zo\x81;Vos\r\n2;Zo".encode("latin-1") + b"\xeb;Vos\r\n"
    assert [one.fields["given_name"] for one in read(text).people] == ["Zoë"]
    assert [problem.place for problem in problems(text)] == ["regel 2, kolom 2"]


_lines = st.lists(
    st.lists(st.sampled_from(["1", "Anna", "Vos", '"', "", "docent", '="1"', "1E+5"]), max_size=5),
    max_size=5,
).map(lambda rows: "\n".join(";".join(row) for row in rows))


@unhurried
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=100).map(lambda text: f"{HEAD};rol;klas\n{text}".encode()),
        _lines.map(lambda text: f"{HEAD};rol;klas;docentcode\n{text}".encode()),
        st.text(max_size=60).map(lambda text: text.encode("utf-16", "surrogatepass")),
    )
)
@example(b"sep=\r\n")
@example(b'sep="\r\n')
@example(b"\xff\xfe\x00\xd8")
def test_any_bytes_are_rows_or_refused(content: bytes) -> None:
    try:
        document = read(content)
    except UnreadableFileError:
        return
    for person in document.people:
        assert person.fields["given_name"]
        assert person.fields["family_name"]

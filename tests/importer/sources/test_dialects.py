"""However a table is written, the same people are in it."""

import csv
import io
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.sources.dates import days_in, parse_day, parse_schooljaar
from services.importer.sources.forbidden_content import forbidden_kind, passes_elfproef
from services.importer.sources.unreadable import UnreadableFileError, UntrustedFileError
from tests.importer.domain.strategies import unhurried
from tests.importer.sources.books import book
from tests.importer.sources.file_reading import HEAD, at_the_door, problems, read

FIELDS = ("leerlingnummer", "roepnaam", "tussenvoegsel", "achternaam", "klas", "Geslacht", "eigen")
_names = st.sampled_from(
    ["Zoë", "Anna-Li", "Mo;d", "a, b", 'q"q', "de l'Été", "O\u00b4Neil", "x\ty", "Ümit ß"]
)
_rows = st.lists(
    st.tuples(
        st.integers(1, 10**6).map("{:07}".format),
        _names,
        st.sampled_from(["", "van der"]),
        _names,
        st.sampled_from(["", "H4A", "h4.maatA", "3E2"]),
        st.just("v"),
        st.just("geheim"),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row[0],
)


def _seen(content: bytes) -> tuple[object, ...]:
    found = read(content)
    people = sorted((one.ref, sorted(one.fields.items(), key=str)) for one in found.people)
    members = sorted((one.person, one.group) for one in found.memberships)
    return people, members, found.header.complete_for


def _csv(table: list[list[str]], delimiter: str, encoding: str, quoting: int) -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=quoting).writerows(table)
    return file.getvalue().encode(encoding)


@unhurried
@given(
    _rows,
    st.sampled_from([";", ",", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.permutations(range(len(FIELDS))),
)
def test_delimiter_encoding_quotes_order_and_kind_of_file_make_no_difference(
    rows: list[tuple[str, ...]],
    delimiter: str,
    encoding: str,
    quoting: int,
    order: list[int],
) -> None:
    table = [list(FIELDS), *map(list, rows)]
    mixed = [[row[at] for at in order] for row in table]
    plain = _seen(_csv(table, ";", "utf-8", csv.QUOTE_ALL))
    assert _seen(_csv(mixed, delimiter, encoding, quoting)) == plain
    assert _seen(book(mixed)) == plain


@pytest.mark.parametrize("digits", [8, 9])
@unhurried
@given(st.integers(8, 40), st.randoms(use_true_random=False))
def test_other_numbers_are_no_citizen_numbers(digits: int, count: int, random: Random) -> None:
    numbers = {str(random.randrange(10 ** (digits - 1), 10**digits)) for _ in range(count)}
    assert forbidden_kind(numbers) is None


@unhurried
@given(st.integers(10**8, 9 * 10**8), st.integers(10, 400))
def test_numbers_in_a_row_are_no_citizen_numbers(first: int, count: int) -> None:
    assert forbidden_kind(map(str, range(first, first + count))) is None


def _bsns(seed: int, count: int) -> list[str]:
    random = Random(seed)  # noqa: S311 - a sequence to repeat, no secret
    found: set[str] = set()
    while len(found) < count:
        number = f"{random.randrange(10**9):09}"
        if passes_elfproef(number):
            found.add(number)
    return sorted(found)


@unhurried
@given(
    st.integers(10, 30),
    st.integers(0, 10**6),
    st.sampled_from(["{}", "BSN {}", '="{}"', "'{}", "{}@school.nl", "bsn:{} (let op)"]),
)
def test_a_column_of_bsns_is_refused_under_any_title_and_no_cell_gets_in(
    count: int, seed: int, form: str
) -> None:
    numbers = [form.format(number) for number in _bsns(seed, count)]
    numbers += ["", "123456789", "n.v.t."]
    rows = "".join(f"{at};Anna;Vos;{number}\n" for at, number in enumerate(numbers, start=1))
    layout, stored = at_the_door(f"{HEAD};kenmerk\n{rows}".encode())
    assert layout.refused == {3: "BSN"}
    assert {row.cells[3] for row in stored} == {""}
    assert layout.shapes.keys() == {0, 1, 2}


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("NL91 ABNA 0417 1643 {:02}", "IBAN"),
        ("06-123456{:02}", "telefoon"),
        ("+31 6 12 34 56 {:02}", "telefoon"),
        ("01234567{:02}", None),
        ("5-7-2011, klas {}", None),
    ],
)
def test_ibans_and_mobile_numbers_are_refused_by_their_form(form: str, kind: str | None) -> None:
    assert forbidden_kind(form.format(at) for at in range(10, 30)) == kind
    assert forbidden_kind(form.format(at) for at in range(10, 17)) is None


def test_bsns_that_begin_below_the_rows_that_were_looked_at_refuse_the_file() -> None:
    rows = "".join(f"{at};Anna;Vos;\n" for at in range(1000))
    rows += "".join(f"{at};Anna;Vos;{bsn}\n" for at, bsn in enumerate(_bsns(2, 9), start=1000))
    with pytest.raises(UnreadableFileError, match=r"Kolom 4 .*BSN"):
        at_the_door(f"{HEAD};kenmerk\n{rows}".encode())


def test_bsns_as_leerlingnummer_leave_no_list() -> None:
    rows = "".join(f"{number};Anna;Vos\n" for number in _bsns(1, 10))
    with pytest.raises(UnreadableFileError, match="leerlingnummer"):
        at_the_door(f"{HEAD}\n{rows}".encode())


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1-8-2026", date(2026, 8, 1)),
        ("01-08-2026", date(2026, 8, 1)),
        ("1/8/2026", date(2026, 8, 1)),
        ("2026-08-01", date(2026, 8, 1)),
        ("2026-08-01T00:00:00", date(2026, 8, 1)),
        ("2026-08-01T00:00:00+02:00", date(2026, 8, 1)),
        ("1 augustus 2026", date(2026, 8, 1)),
        ("1-mrt-2026", date(2026, 3, 1)),
        ("3 maart 2026", date(2026, 3, 3)),
        ("29-2-2026", None),
        ("1-13-2026", None),
        ("1-8-26", None),
        ("1 juin 2026", None),
        ("nvt", None),
    ],
)
def test_days_are_read_as_dutch_or_iso(text: str, day: date | None) -> None:
    assert parse_day(text) == day
    assert days_in(f"Export van {text}, Magister") == ({day} if day else set())


def test_a_day_without_dashes_has_its_year_first() -> None:
    assert parse_day("20260801") == date(2026, 8, 1)
    assert [parse_day(text) for text in ("01082026", "20082026", "20120000", "2026081")] == [
        None
    ] * 4


@pytest.mark.parametrize(
    "text", ["2026/2027", "2026-2027", "26/27", "2627", "Periode 1 2026/2027", "SJ 2026-27 (1)"]
)
def test_a_schooljaar_is_read_as_exports_write_it(text: str) -> None:
    year = parse_schooljaar(text)
    assert str(year) == "2026-2027"
    for other in ("2026/2028", "Periode 1", "periode 26/27", "112026-27"):
        assert parse_schooljaar(other) is None


PERIODS = f"{HEAD};klas;lesperiode;begindatum;einddatum\n"


def test_of_several_periods_the_one_of_today_counts() -> None:
    text = (
        f"{PERIODS}00123;Anna;Vos;H3A;2025/2026;;\n123;Anna;Vos;H4A;2026/2027;;\n"
        "123;Anna;Vos;H5A;;01-08-2027;\n124;Bea;Mol;H4B;;2026-08-01;31-7-2027\n"
        "125;Cas;Bos;H4A;2025/2026;;\n126;Dirk;Dam;H4A;;24-11-2026;24-11-2026\n"
    )
    found = read(text)
    assert sorted((one.person, one.group) for one in found.memberships) == [
        ("pupil:123", "stamgroep::H4A"),
        ("pupil:124", "stamgroep::H4B"),
        ("pupil:126", "stamgroep::H4A"),
    ]
    assert [group.fields["name"] for group in found.groups] == ["H4A", "H4B"]


def test_a_day_that_is_none_makes_its_row_bad() -> None:
    (problem,) = problems(f"{PERIODS}1;A;V;H4;;31-2-2026;\n")
    assert (problem.place, "is geen datum" in problem.detail) == ("regel 2, kolom 6", True)


@pytest.mark.parametrize(
    ("period", "told"),
    [
        ("heel jaar;;", "schooljaar is geen schooljaar (2026/2027)"),
        (";1-8-2027;31-7-2026", "einddatum ligt voor de begindatum"),
        ("heel jaar;1-8-2026;31-7-2027", None),
    ],
)
def test_a_period_that_says_nothing_makes_its_row_bad(period: str, told: str | None) -> None:
    found = problems(f"{PERIODS}1;Anna;Vos;H3A;{period}\n2;Bea;Mol;H3A;;;\n")
    assert [one.detail for one in found] == ([told] if told else [])


def test_a_list_of_another_year_is_no_school_without_pupils() -> None:
    for year in ("2025/2026", "2027/2028"):
        with pytest.raises(UntrustedFileError, match="ander schooljaar"):
            read(f"{PERIODS}1;Anna;Vos;H3A;{year};;\n2;Bea;Mol;H3A;{year};;\n")


@pytest.mark.parametrize(
    ("day", "is_refused"),
    [("24-10-2026", False), ("23-10-2026", True), ("25-11-2026", False), ("26-11-2026", True)],
)
def test_a_stale_export_date_above_the_list_is_refused(day: str, *, is_refused: bool) -> None:
    text = f"Leerlingen, export {day}\n{HEAD}\n1;Anna;Vos\n".encode()
    if is_refused:
        with pytest.raises(UntrustedFileError, match="Maak een nieuwe export"):
            at_the_door(text)
    else:
        assert at_the_door(text)[0].exported_on is not None

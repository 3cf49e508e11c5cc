"""Lists as schools really have them, in which one thing is odd."""

import pytest

from services.importer.domain.coverage import LIST_COUNTED
from services.importer.sources.unreadable import UnreadableFileError, UntrustedFileError
from shared.roster.document import PersonRole
from tests.importer.sources.books import book
from tests.importer.sources.file_reading import (
    HEAD,
    at_the_door,
    bad_cells,
    only_pupil,
    problems,
    read,
)

STAFF = "Code;stamnr_str;Roepnaam;Achternaam;Functie.Omschr;Loginaccount.Naam;dVertrek_str"


def _told(content: str | bytes) -> list[tuple[str, str]]:
    return [(bad.place, bad.detail) for bad in bad_cells(content)]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD};vakken\n1;Anna;Vos;ne, en, du, fa, wi, na, sk, bi, gs, ak\n2;Bea;Mol;ne, en\n",
        f"Lijst van H3A, H3B, H3C, H4A, H4B\n{HEAD}\n1;Anna;Vos\n2;Bea;Mol\n",
        # Not one name of a column is known: most lines have as many.
        "Nr;Naam1;Naam2;eigen\n1;Anna;Vos;a,b,c,d,e\n2;Bea;Mol;a,b,c,d,e,f\n",
    ],
)
def test_commas_within_a_cell_are_no_columns(text: str) -> None:
    mapping = {"pupil_number": 0, "given_name": 1, "family_name": 2}
    found = read(text, mapping if text.startswith("Nr") else None)
    assert [one.fields["family_name"] for one in found.people] == ["Vos", "Mol"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("other", ["Zoë Ümit", "Anna"])
def test_what_another_program_could_not_read_spoils_its_row_only(encoding: str, other: str) -> None:
    content = f"{HEAD}\n1;Zo\ufffd;Vos\n2;{other};Mol\n".encode(encoding)
    assert _told(content) == [("regel 2, kolom 2", "roepnaam heeft een teken dat niet te lezen is")]
    assert [one.fields["given_name"] for one in read(content).people] == [other]


def test_a_list_of_employees_of_magister_has_numbers_that_are_no_leerlingnummers() -> None:
    text = (
        f"{STAFF}\nJAN;0012;Jan;Mol;Docent wiskunde;jan;\nBOS;0013;Eva;Bos;Conciërge;eva;\n"
        "OUD;0014;Ben;Oud;Docent;ben;31-07-2026\n"
    )
    assert _told(text) == []
    found = read(text)
    assert {one.role for one in found.people} == {PersonRole.EMPLOYEE}
    assert [one.fields["employee_code"] for one in found.people] == ["BOS", "JAN"]
    assert all("pupil_number" not in one.fields for one in found.people)


def test_a_function_of_the_schools_own_is_an_employees_where_there_is_only_a_code() -> None:
    text = "functie;docentcode;leerlingnummer;roepnaam;achternaam\n{};{};{};Jan;Mol\n"
    (jan,) = read(text.format("Teamleider", "MOL", "")).people
    assert jan.role is PersonRole.EMPLOYEE
    for number, code in (("9", ""), ("9", "MOL"), ("", "")):
        (bad, *_) = bad_cells(text.format("Teamleider", code, number))
        assert bad.detail == "rol moet leerling, docent of medewerker zijn"


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        ("Leerlingen van 01-08-2026 t/m 31-07-2027", False),
        ("Periode;1-8-2026 - 31-7-2027", False),
        ("Leerlingen van 01-08-2026 t/m 31-07-2027\nGemaakt op 24-11-2026", False),
        ("Leerlingen van 01-08-2026 t/m 31-07-2027\nGemaakt op 24-9-2026", True),
    ],
)
def test_the_period_of_a_list_is_not_when_it_was_made(line: str, *, is_refused: bool) -> None:
    text = f"{line}\n{HEAD}\n1;Anna;Vos\n".encode()
    if not is_refused:
        assert len(read(text).people) == 1
        return
    with pytest.raises(UntrustedFileError, match="24-09-2026"):
        at_the_door(text)


def test_an_apostrophe_before_a_number_is_how_excel_says_that_it_is_text() -> None:
    fields = only_pupil(f"{HEAD}\n'00123;'t Hart;'s-Gravesande\n")
    assert list(fields.values()) == ["00123", "'t Hart", "'s-Gravesande"]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        *[(one, "is in duizendtallen geschreven") for one in ("12.345", "12 345", "1.012.345")],
        *[(one, "heeft decimalen") for one in ("0.5", "12,50", ",5")],
        ("2026-03-01", "is door Excel veranderd"),
    ],
)
def test_what_a_spreadsheet_made_of_a_leerlingnummer_is_told(number: str, why: str) -> None:
    told = f"leerlingnummer {why}; bewaar de kolom als tekst"
    assert _told(f"{HEAD}\n{number};Anna;Vos\n") == [("regel 2, kolom 1", told)]


def test_what_is_left_of_an_eck_id_is_on_no_screen() -> None:
    cut = "https:/ketenid.nl/201703/abc"
    text = f"{HEAD};eckId;email\n1;Anna;Vos;{cut};\n2;Bea;Mol;nvt;=https://ketenid.nl/1\n"
    assert [bad.value for bad in bad_cells(text)] == [None, "nvt", None]


def test_what_is_no_real_id_is_told_before_it_makes_everybody_one_person() -> None:
    text = f"{HEAD};nlEduPersonRealId\n1;Anna;Vos;n.v.t.\n2;Bea;Mol;2@school.nl\n3;Cas;Bos;\n"
    why = "RealId is niet van de vorm gebruiker@school"
    assert _told(text) == [("regel 2, kolom 4", why)]
    assert [one.fields["real_id"] for one in read(text).people] == ["2@school.nl", None]


def test_rows_of_one_pupil_that_differ_in_what_is_the_same_to_a_human_are_one() -> None:
    text = (
        f"{HEAD};email;studie;klas\n0123;Anna;Vos;Anna@School.nl;HAVO;H4A\n"
        "123;Anna;Vos;anna@school.nl;havo;H4B\n"
    )
    (anna,) = read(text).people
    assert (anna.fields["pupil_number"], anna.fields["onderwijssoort"]) == ("0123", "HAVO")
    assert len(read(text).memberships) == 2
    assert len(read(text.replace("anna@school.nl", "a@school.nl")).people) == 2


def test_a_geslachtsnaam_is_a_name_and_no_geslacht() -> None:
    head = "Leerlingnummer;Roepnaam;Voorvoegsel geslachtsnaam;Geslachtsnaam;Geslacht"
    layout, stored = at_the_door(f"{head}\n1;Anna;van;Vos;v\n".encode())
    assert (layout.columns["family_name"], layout.likely) == (3, {"prefix": 2})
    assert (layout.refused, stored[0].cells[4]) == ({4: "geslacht"}, "")


@pytest.mark.parametrize("text", ["<html><table>", "\n <?xml version='1.0'?>", "\ufeff<table>"])
def test_a_table_that_only_excel_can_open_is_told_to_be_one(text: str) -> None:
    with pytest.raises(UnreadableFileError, match="webpagina of XML"):
        at_the_door(f"{text}\n{HEAD}\n1;Anna;Vos\n".encode())


def test_rows_with_quotes_in_a_wrong_place_are_all_told_and_the_rest_goes_on() -> None:
    text = (
        f'{HEAD}\n1;Anna;Vos\n2;"Bea" Ans;Mol\n3;Cas;Bos\n4;"Dirk;Dam\n5;Eva;Eik\n6;"Fok";Haas\n'
        "7;Gijs;Gans\n"
    )
    assert [one.fields["given_name"] for one in read(text).people] == ["Anna", "Cas", "Gijs"]
    why = "de aanhalingstekens staan verkeerd"
    assert _told(text) == [
        ("regel 3", why),
        ("regel 5", f"{why}: regel 5 tot en met 7 zijn niet gelezen"),
    ]
    assert read(text).header.complete_for == (), "who stands on those lines has not left"
    assert bad_cells(text)[0].value is None, "it may hold what Numo must not have"


@pytest.mark.parametrize("rows", ['2;"Bea;Mol\n3;Cas";Bos', '"2;Bea;Mol\n3;Cas;Bos"'])
def test_a_person_is_not_lost_between_the_quotes_of_two_others(rows: str) -> None:
    text = f"{HEAD}\n1;Anna;Vos\n{rows}\n4;Dirk;Dam\n"
    assert [one.fields["given_name"] for one in read(text).people] == ["Anna", "Dirk"]
    why = "de aanhalingstekens staan verkeerd: regel 3 tot en met 4 zijn niet gelezen"
    assert _told(text) == [("regel 3", why)]
    assert read(text).header.complete_for == (), "Cas has not left"


def test_a_note_of_several_lines_is_no_lost_person() -> None:
    head = HEAD.replace(";", ",")
    text = f'{head},notitie\n1,Anna,Vos,"Rustig, slim, leest,\nrekent, sport, zingt"\n'
    assert [one.fields["given_name"] for one in read(text).people] == ["Anna"]
    assert bad_cells(text) == []


def test_column_names_with_quotes_in_a_wrong_place_are_the_reason_that_is_given() -> None:
    for text in ('leerlingnummer;"roepnaam"x;achternaam\n1;Anna;Vos\n', '"a"b\n1;Anna;Vos\n'):
        with pytest.raises(UnreadableFileError, match=r"Op regel 1 .*aanhalingstekens"):
            at_the_door(text.encode())


def test_a_row_that_looks_like_a_total_without_its_dropped_columns_proves_nothing() -> None:
    row = ["12", "leerlingen", "", "999990019"]
    for content in (
        f"{HEAD};BSN\n1;Anna;Vos;\n{';'.join(row)}\n".encode(),
        book([[*HEAD.split(";"), "BSN"], ["1", "Anna", "Vos"], row]),
    ):
        assert LIST_COUNTED not in {one.code for one in problems(content)}
        assert _told(content) == [("regel 3, kolom 3", "achternaam ontbreekt")]

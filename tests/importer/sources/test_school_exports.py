"""Lists as schools really have them, in which one thing is odd."""

import pytest

from shared.roster.document import PersonRole
from tests.importer.sources.file_reading import (
    HEAD,
    at_the_door,
    bad_cells,
    read,
)

STAFF = "Code;stamnr_str;Roepnaam;Achternaam;Functie.Omschr;Loginaccount.Naam;dVertrek_str"


def _told(content: str | bytes) -> list[tuple[str, str]]:
    return [(bad.place, bad.detail) for bad in bad_cells(content)]


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


def test_a_geslachtsnaam_is_a_name_and_no_geslacht() -> None:
    head = "Leerlingnummer;Roepnaam;Voorvoegsel geslachtsnaam;Geslachtsnaam;Geslacht"
    layout, stored = at_the_door(f"{head}\n1;Anna;van;Vos;v\n".encode())
    assert (layout.columns["family_name"], layout.likely) == (3, {"prefix": 2})
    assert (layout.refused, stored[0].cells[4]) == ({4: "geslacht"}, "")

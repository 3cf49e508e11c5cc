"""Lists as schools really have them, in which one thing is odd."""

import pytest

from tests.importer.sources.file_reading import (
    HEAD,
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

"""What a CSV says: columns, roles, bad rows, and people who stand on several rows."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.importer.domain.diff import diff
from services.importer.domain.plan import digest_of
from services.importer.domain.roster import Document, Roster
from shared.roster.document import PersonRole
from tests.importer.domain.strategies import unhurried
from tests.importer.sources.file_reading import HEAD, at_the_door, only_pupil, problems, read

OURS = (
    "rol;leerlingnummer;roepnaam;tussenvoegsel;achternaam;email;gebruikersnaam;klas;leerjaar;"
    "onderwijssoort;vestiging;docentcode;nlEduPersonRealId;eckId"
)
MAGISTER = (
    "Stamnr;Roepnaam;Tussenv;Achternaam;Klas;Studie;Leerfase.Leerjaar;Email;Loginaccount.Naam"
)
SOMTODAY = (
    "Leerlingnummer;Roepnaam;Voorvoegsel;Achternaam;Stamgroep;Leerjaar;Onderwijssoort;E-mailadres"
)
ENGLISH = "STAMNR,FIRSTNAME,PREFIX,LASTNAME,CLASS,STUDY,LOCATION"
NAMES = {"given_name": "Anna", "prefix": "van der", "family_name": "Vos"}


def test_our_own_layout() -> None:
    eck_id = f"https://ketenid.nl/201703/{'a' * 128}"
    text = f"{OURS}\nLeerling;01;Anna;van der;Vos;a@s.nl;anna;H4A;4;HAVO;12ab00;;1@s.nl;{eck_id}\n"
    assert only_pupil(text) == NAMES | {
        "pupil_number": "01",
        "email": "a@s.nl",
        "username": "anna",
        "leerjaar": "4",
        "onderwijssoort": "HAVO",
        "vestiging_code": "12AB00",
        "real_id": "1@s.nl",
        "eck_id": eck_id,
    }
    (group,) = read(text).groups
    assert group.fields == {"name": "H4A", "vestiging_code": "12AB00"}


def test_the_layouts_of_magister_and_somtoday() -> None:
    magister = f"{MAGISTER}\n00123;Anna;van der;Vos;H4A;HAVO;4;a@s.nl;anna\n"
    seen = {"email": "a@s.nl", "leerjaar": "4", "onderwijssoort": "HAVO", **NAMES}
    assert only_pupil(magister) == {"pupil_number": "00123", "username": "anna", **seen}
    somtoday = f"{SOMTODAY}\n123;Anna;van der;Vos;H4A;4;HAVO;a@s.nl\n"
    assert only_pupil(somtoday) == {"pupil_number": "123", **seen}
    for text in (magister, somtoday):
        assert [group.fields["name"] for group in read(text).groups] == ["H4A"]


def test_an_english_layout_and_a_vestiging_that_is_no_code() -> None:
    fields = only_pupil(f"{ENGLISH}\n123,Anna,van der,Vos,H4A,HAVO,Hoofdlocatie\n")
    assert fields == {"pupil_number": "123", "onderwijssoort": "HAVO", **NAMES}


@pytest.mark.parametrize("title", ["LEERLING NUMMER", "leerling-nummer", "Leerling.Nummer"])
def test_case_blanks_and_points_in_a_title_do_not_count(title: str) -> None:
    assert only_pupil(f"{title};Roepnaam ; ACHTERNAAM\n1;Anna;Vos\n")["pupil_number"] == "1"


def test_of_a_repeated_column_the_first_counts_and_that_is_told() -> None:
    text = f"{HEAD};klas;Klas;stamgroep\n1;Anna;Vos;H4A;H4B;H4C\n"
    assert [group.fields["name"] for group in read(text).groups] == ["H4A"]
    told = [(problem.code, problem.place) for problem in problems(text)]
    assert told == [("column_ignored", "kolom 5"), ("column_ignored", "kolom 6")]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("BSN", "BSN"),
        ("BSN-nummer", "BSN"),
        ("Burgerservicenummer", "BSN"),
        ("Adres", "adres"),
        ("Straatnaam", "adres"),
        ("Postcode", "adres"),
        ("Geslacht", "geslacht"),
        ("geb_datum_str", "geboortedatum"),
        ("Telefoon mobiel", "telefoon"),
        ("E-mail verzorger 1", "ouders"),
        ("Naam moeder", "ouders"),
        ("IBAN", "IBAN"),
        ("Bankrekening", "IBAN"),
        ("\uff22\uff33\uff2e", "BSN"),
        ("Gesl.", "geslacht"),
        ("Geb. dat.", "geboortedatum"),
        ("Tel. thuis", "telefoon"),
        ("Noodnummer", "telefoon"),
        ("Contactpersoon 1", "ouders"),
        ("Postc.", "adres"),
        ("Rek.nr.", "IBAN"),
        ("Bankrek.", "IBAN"),
        ("Tel. 1", "telefoon"),
        ("Mobile", "telefoon"),
        ("Onderwijsnr.", "BSN"),
        ("Huisnr. toevoeging", "adres"),
        ("Street address", "adres"),
        ("Guardian 1", "ouders"),
        ("Sex", "geslacht"),
        ("Medische bijzonderheden", "gezondheid"),
        ("Huisarts", "gezondheid"),
        ("Dyslexieverklaring", "gezondheid"),
        ("Nationaliteit 1", "herkomst of geloof"),
        ("Godsdienst", "herkomst of geloof"),
        ("Pasfoto", "foto"),
    ],
)
def test_a_column_that_numo_must_not_have_is_dropped_and_told_by_name(
    title: str, name: str
) -> None:
    text = f"{HEAD};{title}\n1;Anna;Vos;geheim-999\n"
    (problem,) = problems(text)
    assert (problem.code, problem.place) == ("column_dropped", "kolom 4")
    assert f"De kolom {name} " in problem.detail
    assert "geheim" not in repr(at_the_door(text.encode()))


def test_another_email_address_is_no_address() -> None:
    (problem,) = problems(f"{HEAD};E-mailadres privé\n1;Anna;Vos;a@thuis.nl\n")
    assert problem.code == "column_ignored"


def test_bad_rows_are_told_with_line_column_and_reason_and_the_rest_goes_on() -> None:
    text = (
        f"{HEAD};rol\n1;Anna;Vos;\n;Bea;Mol;\n3;;Bos;leerling\n4;Dirk;Dam;conciërge\n"
        f"1,23E+05;Eva;Eik;\n6;{'x' * 300};Fok;\n7;Gijs;Gans;leerling;te;veel\n8;Hans;Haas;\n"
    )
    assert [one.fields["given_name"] for one in read(text).people] == ["Anna", "Hans"]
    assert [(one.place, one.detail) for one in problems(text)] == [
        ("regel 3, kolom 1", "leerlingnummer ontbreekt"),
        ("regel 4, kolom 2", "roepnaam ontbreekt"),
        ("regel 5, kolom 4", "rol moet leerling, docent of medewerker zijn"),
        (
            "regel 6, kolom 1",
            "leerlingnummer is door Excel afgerond; bewaar de kolom als tekst",
        ),
        ("regel 7, kolom 2", "roepnaam is langer dan 256 tekens"),
        ("regel 8", "deze regel heeft meer kolommen dan de regel met kolomnamen"),
    ]
    assert read(text).header.complete_for == ()


def test_a_leerlingnummer_with_decimals_is_told_before_it_makes_another_pupil() -> None:
    found = problems(f"{HEAD}\n12345.0;Anna;Vos\n12345,00;Anna;Vos\n")
    assert [problem.place for problem in found] == ["regel 2, kolom 1", "regel 3, kolom 1"]
    assert found[0].detail == "leerlingnummer heeft decimalen; bewaar de kolom als tekst"


@pytest.mark.parametrize(("klas", "is_bad"), [("3,00E+02", True), ("3E2", False)])
def test_a_class_that_excel_took_for_a_number_is_told(klas: str, *, is_bad: bool) -> None:
    found = problems(f"{HEAD};klas\n1;Anna;Vos;{klas}\n")
    assert [problem.place for problem in found] == (["regel 2, kolom 4"] if is_bad else [])


def test_what_is_no_eck_id_is_told_before_it_makes_everybody_one_person() -> None:
    text = f"{HEAD};eckId\n1;Anna;Vos;nvt\n2;Bea;Mol;https://ketenid.nl/201703/{'a' * 128}\n"
    assert [one.fields["given_name"] for one in read(text).people] == ["Bea"]
    (problem,) = problems(text)
    assert problem.detail == "ECK iD is niet van de vorm https://ketenid.nl/… of niet heel"


def test_a_list_that_is_cut_off_within_its_last_eck_id_says_of_nobody_that_they_left() -> None:
    rows = [f"{at};Anna;Vos;https://ketenid.nl/201703/{at:0128x}" for at in (1, 2, 3)]
    whole = "\n".join([f"{HEAD};eckId", *rows])
    assert read(whole).header.complete_for == ("pupil",)
    assert read(whole[:-20]).header.complete_for == ()
    assert [one.place for one in problems(whole[:-20])] == ["regel 4, kolom 4"]


def test_a_number_without_a_digit_is_none_whoever_mapped_it_so() -> None:
    found = problems(f"{HEAD}\n1;Anna;Vos\nWAAR;Bea;Mol\n2a;Cas;Bos\n")
    assert [one.detail for one in found] == ["leerlingnummer is geen nummer"]
    mapping = {"pupil_number": 1, "given_name": 0, "family_name": 2}
    assert read(f"{HEAD}\n1;Anna;Vos\n2;Bea;Mol\n", mapping).people == []


def test_without_a_role_the_number_tells_and_both_numbers_ask() -> None:
    text = "Code;Stamnr;Roepnaam;Achternaam\nJAN;;Jan;Mol\n;12;Anna;Vos\nPET;9;Petra;Bos\n"
    roles = [(one.role, one.fields["given_name"]) for one in read(text).people]
    assert roles == [(PersonRole.EMPLOYEE, "Jan"), (PersonRole.PUPIL, "Anna")]
    (problem,) = problems(text)
    assert problem.place == "regel 4"
    assert problem.detail.startswith("rol ontbreekt")


def test_a_list_is_complete_for_pupils_and_classes_only() -> None:
    staff = "rol;docentcode;roepnaam;achternaam\nmedewerker;JAN;Jan;Mol\n"
    assert read(staff).header.complete_for == ()
    assert read(f"{HEAD}\n1;Anna;Vos\n").header.complete_for == ("pupil",)
    whole = read(f"{HEAD};klas\n1;Anna;Vos;H4A\n").header
    assert (whole.complete_for, whole.schooljaar) == (("pupil", "stamgroep"), "2026-2027")


def test_a_pupil_on_several_rows_is_one_with_all_classes_and_no_doubtful_place() -> None:
    text = (
        f"{MAGISTER}\n00123;Anna;;Vos;H3A;HAVO;3;a@s.nl;anna\n123;Anna;;Vos;H4A;HAVO;4;a@s.nl;anna\n"
        "124;Bea;;Mol;H4A;HAVO;4;b@s.nl;bea\n"
    )
    anna, bea = read(text).people
    assert "leerjaar" not in anna.fields
    assert anna.fields["onderwijssoort"] == "HAVO"
    assert bea.fields["leerjaar"] == "4"
    found = {(one.person, one.group) for one in read(text).memberships}
    classes = {group.ref: group.fields["name"] for group in read(text).groups}
    assert {(person, classes[group]) for person, group in found} == {
        (anna.ref, "H3A"),
        (anna.ref, "H4A"),
        (bea.ref, "H4A"),
    }


def test_rows_with_one_number_and_two_names_are_left_for_a_human() -> None:
    text = f"{HEAD}\n1;Anna;Vos\n01;Bea;Mol\n"
    changes = diff(Roster(), read(text))
    assert [(change.action, change.reason) for change in changes] == [
        ("conflict", "twice_in_source")
    ] * 2


def test_a_docent_is_one_whatever_the_case_of_the_code() -> None:
    text = "docentcode;roepnaam;achternaam\nJAN;Jan;Mol\njan;Jan;Mol\n"
    assert [one.fields["employee_code"] for one in read(text).people] == ["JAN"]


def _digest(document: Document) -> str:
    return digest_of(diff(Roster(), document), 0)


_row = st.tuples(
    st.sampled_from(["1", "01", "2", "3"]),
    st.sampled_from(["Anna", "Bea"]),
    st.sampled_from(["Vos", "Mol"]),
    st.sampled_from(["H4A", "H4B", ""]),
).map(";".join)


@unhurried
@given(st.lists(_row, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_lines_is_irrelevant(rows: list[str], random: Random) -> None:
    mixed = random.sample(rows, len(rows))
    one, other = ("\n".join([f"{HEAD};klas", *lines]) for lines in (rows, mixed))
    # Of two ways to write a number the first is kept.
    assume(not {"1", "01"} <= {row.split(";")[0] for row in rows})
    assert _digest(read(one)) == _digest(read(other))

from datetime import date
from typing import Any

import pytest

from services.connector.domain.datavelden import Dataveld
from services.connector.somtoday import translate, wire
from services.connector.somtoday.rights import Rights
from services.connector.somtoday.translate import Site
from shared.roster.document import GroupKind, PersonRole

DAY = date(2026, 11, 24)
NORTH = Site("93c51698-b81a-4aa5-a7e1-6422d2128fc4", "Noord", ("99ZX01",))
SOUTH = Site("a3c51698-b81a-4aa5-a7e1-6422d2128fc4", "Zuid", ("99ZX02",))
ALL = frozenset(Dataveld)
STAMGROEP = {"uuid": "e997b69c-560f-4b74-ab39-dec7907fc5e7", "naam": "h4b"} | {
    "leerjaar": 4,
    "onderwijssoort": "HAVO",
}
PLAATSING = {"startdatum": "2026-08-01", "einddatum": "2027-07-31", "leerjaar": 4} | {
    "stamgroep": STAMGROEP
}
NOOR = {
    "uuid": "db1b11f9-ce86-4002-85a3-9357aa8a6ade",
    "leerlingnummer": 204117,
    "roepnaam": "Zoë",
    "voorvoegsel": "van 't",
    "achternaam": "Öztürk-Nguyễn",
    "emailadres": "204117@leerling.waterkant.example",
    "plaatsingen": [PLAATSING],
    "lesgroepen": [],
    "BSN": "999999990",
    "geboortedatum": "2011-03-19",
}


def pupil(row: dict[str, Any], rights: dict[str, Any] | None = None, **given: Any) -> Any:
    read = wire.Leerling.model_validate(row)
    values = {"at": NORTH, "wanted": ALL, "day": DAY, **given}
    return translate.pupil(read, Rights(rights), **values)


def test_a_pupil_keeps_diacritics_and_tussenvoegsel_as_they_are() -> None:
    record = pupil(NOOR)
    assert (record.key, record.ref, record.role) == (NOOR["uuid"], NOOR["uuid"], PersonRole.PUPIL)
    assert record.fields == {
        "pupil_number": "204117",
        "given_name": "Zoë",
        "prefix": "van 't",
        "family_name": "Öztürk-Nguyễn",
        "email": "204117@leerling.waterkant.example",
        "leerjaar": "4",
        "onderwijssoort": "HAVO",
        "vestiging_code": "99ZX01",
    }


def test_what_no_roster_may_hold_is_dropped_when_the_row_is_read() -> None:
    read = wire.Leerling.model_validate(NOOR | {"adres": {"straat": "Kade"}, "nieuwVeld": 1})
    dumped = read.model_dump_json()
    assert "999999990" not in dumped
    assert "Kade" not in dumped
    assert "2011-03-19" not in dumped


def test_an_absent_key_is_empty_where_it_is_permitted_and_absent_where_it_is_not() -> None:
    bare = {"uuid": NOOR["uuid"], "achternaam": "Bakker"}
    permitted = {"voorvoegsel": True, "emailadres": False, "achternaam": True, "eckid": True}
    fields = pupil(bare, permitted).fields
    assert fields["prefix"] is None
    assert fields["eck_id"] is None
    assert fields["family_name"] == "Bakker"
    assert not {"email", "given_name", "username", "leerjaar", "onderwijssoort"} & set(fields)


def test_a_forbidden_value_is_not_passed_on_even_when_it_is_sent() -> None:
    assert "email" not in pupil(NOOR, {"emailadres": False}).fields


def test_a_dataveld_that_the_product_does_not_want_is_left_out() -> None:
    fields = pupil(NOOR, wanted={Dataveld.ACHTERNAAM}).fields
    assert set(fields) == {"family_name", "leerjaar", "onderwijssoort", "vestiging_code"}


@pytest.mark.parametrize(("sent", "known"), [("  Jan ", "Jan"), ("   ", None), ("", None)])
def test_blanks_around_a_value_and_blank_values_mean_nothing(sent: str, known: str | None) -> None:
    assert pupil(NOOR | {"roepnaam": sent}).fields["given_name"] == known


def place(start: str | None, end: str | None, leerjaar: int) -> dict[str, Any]:
    sort = {"onderwijssoort": f"S{leerjaar}"}
    return {"startdatum": start, "einddatum": end, "leerjaar": leerjaar, "stamgroep": sort}


@pytest.mark.parametrize(
    ("places", "leerjaar"),
    [
        ([place("2026-08-01", "2026-11-23", 1), place("2026-11-24", "2027-07-31", 2)], "2"),
        ([place("2026-11-25", "2027-07-31", 2), place("2026-08-01", "2026-11-24", 1)], "1"),
        ([place(None, None, 3)], "3"),
        ([place(None, None, 3), place("2026-08-01", None, 4)], "4"),
        ([place("2026-11-25", None, 5)], None),
        ([], None),
    ],
)
def test_of_several_plaatsingen_the_one_of_today_counts(
    places: list[dict[str, Any]], leerjaar: str | None
) -> None:
    fields = pupil(NOOR | {"plaatsingen": places}).fields
    assert fields["leerjaar"] == leerjaar
    assert fields["onderwijssoort"] == (None if leerjaar is None else f"S{leerjaar}")


def test_forbidden_parts_of_a_plaatsing_stay_absent() -> None:
    nested = {"plaatsingVeldpermissies": {"leerjaar": False, "stamgroep": True}}
    fields = pupil(NOOR, nested).fields
    assert "leerjaar" not in fields
    assert fields["onderwijssoort"] == "HAVO"
    fields = pupil(NOOR, {"plaatsingVeldpermissies": {"stamgroep": False}}).fields
    assert "onderwijssoort" not in fields
    assert fields["leerjaar"] == "4"


def employee(row: dict[str, Any]) -> Any:
    read = wire.Medewerker.model_validate({"uuid": "bec48ff8"} | row)
    sites = {NORTH.uuid: NORTH, SOUTH.uuid: SOUTH}
    return translate.employee(read, Rights(None), NORTH, ALL, sites=sites)


def test_an_employee_belongs_to_the_hoofdvestiging_if_that_is_open() -> None:
    record = employee({"afkorting": "WAT", "hoofdvestiging": {"uuid": SOUTH.uuid}})
    assert record.role is PersonRole.EMPLOYEE
    assert record.fields == {"employee_code": "WAT", "vestiging_code": "99ZX02"}
    closed = employee({"hoofdvestiging": {"uuid": "c3c51698-b81a-4aa5-a7e1-6422d2128fc4"}})
    assert closed.fields == {"vestiging_code": "99ZX01"}


def test_groups_carry_what_their_veldpermissies_allow() -> None:
    read = wire.Stamgroep.model_validate(STAMGROEP)
    record = translate.stamgroep(read, Rights({"onderwijssoort": False}), NORTH)
    assert record.group_kind is GroupKind.STAMGROEP
    assert record.fields == {"name": "h4b", "leerjaar": "4", "vestiging_code": "99ZX01"}
    lesson = wire.Lesgroep.model_validate({"uuid": "7917ad96", "naam": "h4.bio1"})
    record = translate.lesgroep(lesson, Rights({"vak": True, "leerjaar": False}), NORTH)
    assert record.group_kind is GroupKind.LESGROEP
    assert record.fields == {"name": "h4.bio1", "vak": None, "vestiging_code": "99ZX01"}


def test_of_several_brins_the_one_that_is_the_afkorting_comes_first() -> None:
    brins = ["99ZX03", "99ZX01", "99ZX", "onzin"]
    row = wire.Vestiging(uuid=NORTH.uuid.upper(), naam="Noord", afkorting="99ZX03", brins=brins)
    assert translate.site(row) == Site(NORTH.uuid, "Noord", ("99ZX03", "99ZX01"))
    plain = wire.Vestiging(uuid=NORTH.uuid)
    found = translate.site(plain)
    assert found == Site(NORTH.uuid, NORTH.uuid, ())
    assert found.code is None


@pytest.mark.parametrize("uuid", [None, "", "geen-uuid"])
def test_a_vestiging_or_organisation_without_usable_id_is_none(uuid: str | None) -> None:
    assert translate.site(wire.Vestiging(uuid=uuid, naam="Noord")) is None
    assert translate.candidate(wire.Instelling(uuid=uuid, naam="Waterkant")) is None

import pytest

from tests.connector.kurve import Kurve, School

BRIN = "een BRIN-nummer bestaat uit 2 cijfers en 2 letters, bijvoorbeeld 12AB"
ADDRESS = "vul één e-mailadres in, bijvoorbeeld beheer@school.nl"
DAY = "dit is geen geldige datum (jjjj-mm-dd)"
SIGN = "de tekst bevat een teken dat niet kan worden bewaard"
TEXT = "dit moet tekst zijn"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"brin": "9ZXX"}, BRIN),
        ({"brin": "99ZX01"}, BRIN),
        ({"brin": 99}, TEXT),
        ({"brin": None}, TEXT),
        ({"contact_email": "beheer"}, ADDRESS),
        ({"contact_email": "beheer@school"}, ADDRESS),
        ({"contact_email": "a@b.nl, c@d.nl"}, ADDRESS),
        ({"contact_email": "Jan <jan@school.nl>"}, ADDRESS),
        ({"contact_email": "jan@school.nl\nBcc: x@y.nl"}, ADDRESS),
        ({"contact_email": "jan(piet)@school.nl"}, ADDRESS),
        ({"contact_email": "renée@school.nl"}, ADDRESS),
        ({"contact_email": "jan@school.nl\u0000"}, ADDRESS),
        ({"contact_email": f"{'l' * 250}@b.nl"}, "dit is te lang (hoogstens 254 tekens)"),
        ({"school_name": " "}, "dit mag niet leeg zijn"),
        ({"school_name": "A" * 201}, "dit is te lang (hoogstens 200 tekens)"),
        ({"school_name": "Water\u0000kant"}, SIGN),
        ({"school_name": "Water\nkant"}, SIGN),
        ({"begin_on": "gisteren"}, DAY),
        ({"end_on": "31-07-2027"}, DAY),
        ({"end_on": "2027-02-30"}, DAY),
        (
            {"begin_on": "2026-02-01", "end_on": "2026-01-31"},
            "de einddatum ligt voor de begindatum",
        ),
        ({"product": "Nee!"}, "een productcode bestaat uit kleine letters, cijfers en streepjes"),
    ],
    ids=lambda given: ascii(given)[:60] if isinstance(given, dict) else "",
)
async def test_what_is_wrong_is_said_in_dutch_at_its_field(
    kurve: Kurve, school: School, given: dict[str, object], message: str
) -> None:
    answer = await kurve.request(school, **given)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_request"
    assert answer.json()["errors"] == [{"field": list(given)[-1], "message": message}]


async def test_a_field_that_does_not_exist_is_refused(kurve: Kurve, school: School) -> None:
    # Above all this one: nobody may say which organisation's pupils they would like to read.
    answer = await kurve.request(school, organisation_id=school.organisation)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["organisation_id"]


async def test_a_product_that_does_not_exist_is_unknown(kurve: Kurve, school: School) -> None:
    answer = await kurve.request(school, product="bestaat-niet")
    assert (answer.status_code, answer.json()["code"]) == (422, "product_unknown")

import pytest
from sqlalchemy import text

from shared.database import Database
from tests.connector.conftest import new_product
from tests.connector.kurve import OPTIONAL, REQUIRED, SECRET, Kurve

BODY = {
    "name": "Numo",
    "somtoday_client_id": "numo",
    "somtoday_client_secret": SECRET,
    "required_datavelden": ["roepnaam"],
}


async def test_a_product_is_shown_without_its_secret_which_is_stored_encrypted(
    kurve: Kurve, owner: Database
) -> None:
    code = await new_product(kurve.client)
    shown = await kurve.client.get(f"/v1/products/{code}")
    assert shown.json() == {
        "code": code,
        "name": "Numo",
        "somtoday_client_id": "numo",
        "required_datavelden": REQUIRED,
        "optional_datavelden": OPTIONAL,
    }
    async with owner.transaction() as connection:
        statement = text("SELECT somtoday_client_secret FROM product WHERE code = :code")
        sealed = bytes((await connection.execute(statement, {"code": code})).scalar_one())
    assert SECRET.encode() not in sealed


async def test_a_product_is_put_as_often_as_one_likes(kurve: Kurve) -> None:
    code = await new_product(kurve.client)
    again = [await kurve.client.put(f"/v1/products/{code}", json=BODY) for _ in range(2)]
    assert [answer.status_code for answer in again] == [200, 200]
    assert again[0].json() == again[1].json()
    listed = (await kurve.client.get("/v1/products")).json()["items"]
    assert [item for item in listed if item["code"] == code] == [again[0].json()]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"required_datavelden": ["BSN"]}, "required_datavelden.0", "kies een van: "),
        ({"optional_datavelden": ["adres"]}, "optional_datavelden.0", "kies een van: "),
        ({"optional_datavelden": ["roepnaam"]}, "optional_datavelden", "niet allebei"),
        ({"name": ""}, "name", "dit mag niet leeg zijn"),
        (
            {"somtoday_client_id": "a\u0000b"},
            "somtoday_client_id",
            "een teken dat niet kan worden bewaard",
        ),
    ],
    ids=["no roster field", "no roster field either", "both", "no name", "control character"],
)
async def test_what_is_wrong_with_a_product_is_said_in_dutch(
    kurve: Kurve, given: dict[str, object], field: str, words: str
) -> None:
    answer = await kurve.client.put("/v1/products/geweigerd", json=BODY | given)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert words in error["message"]
    assert (await kurve.client.get("/v1/products/geweigerd")).status_code == 404


async def test_a_refused_secret_is_not_repeated_in_the_answer(kurve: Kurve) -> None:
    wrong = BODY | {"somtoday_client_secret": ["zeer geheim"]}
    answer = await kurve.client.put("/v1/products/geweigerd", json=wrong)
    assert answer.status_code == 422
    assert "zeer geheim" not in answer.text


@pytest.mark.parametrize("code", ["Numo", "1numo", "n_mo", "n" * 33])
async def test_a_product_code_is_a_slug(kurve: Kurve, code: str) -> None:
    answer = await kurve.client.put(f"/v1/products/{code}", json=BODY)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["code"]

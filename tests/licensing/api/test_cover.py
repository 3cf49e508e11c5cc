"""What covers a start is data: a license product, or any of a Kurve product and leergebied."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from shared.clock import now
from shared.ids import new_id
from tests.licensing.conftest import School

Make = Callable[[int], Awaitable[School]]
_PRODUCTS = text("""
    INSERT INTO product VALUES (:product, 'P', 'id', 'x', '{}', '{}')
""")
_COVERS = text("INSERT INTO license_product VALUES (:code, 'L', :product, :leergebied)")


async def _products(school: School) -> tuple[str, str, str]:
    """A product, with a license for its rekenen and one for all of it; any may start them."""
    product = f"p{new_id().hex[-12:]}"
    part, whole = f"{product}-r", f"{product}-a"
    async with school.owner.transaction() as connection:
        await connection.execute(_PRODUCTS, {"product": product})
        for code, leergebied in ((part, "rekenen"), (whole, None)):
            row = {"code": code, "product": product, "leergebied": leergebied}
            await connection.execute(_COVERS, row)
    return product, part, whole


@pytest.fixture
def any_product(api_key: Callable[..., Awaitable[dict[str, str]]]) -> Callable[..., object]:
    async def start(school: School, product: str, leergebied: str | None) -> dict[str, object]:
        headers = await api_key("licenses:use", product=product)
        body = {
            "person_id": str(await school.person()),
            "product": product,
            "leergebied": leergebied,
            "activity_kind": "oefening",
            "activity_id": "a",
            "started_at": now().isoformat(),
        }
        query = {"school_id": str(school.id)}
        answer = await school.client.post(
            "/v1/license-uses", json=body, headers=headers, params=query
        )
        return dict(answer.json())

    return start


async def test_the_license_that_fits_best_covers_and_then_the_wider_one(
    school_with: Make, any_product: Callable[..., Awaitable[dict[str, object]]]
) -> None:
    school = await school_with(0)
    product, part, whole = await _products(school)
    for code in (part, whole):
        await school.grant(1, license_product=code)
    covered = [await any_product(school, product, "rekenen") for _ in range(3)]
    assert [one.get("license_product") for one in covered] == [part, whole, None]
    assert covered[2]["code"] == "no_license_left"


async def test_a_license_for_one_leergebied_does_not_cover_another(
    school_with: Make, any_product: Callable[..., Awaitable[dict[str, object]]]
) -> None:
    school = await school_with(0)
    product, part, whole = await _products(school)
    await school.grant(5, license_product=part)
    assert (await any_product(school, product, "taal"))["code"] == "no_license_left"
    await school.grant(1, license_product=whole)
    assert (await any_product(school, product, "taal"))["license_product"] == whole
    assert (await any_product(school, product, None))["license_product"] == part
    wrong = await school.start(await school.person(), leergebied="taal")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "license_product_unknown")


async def test_a_start_names_a_license_product_or_a_product(school_with: Make) -> None:
    school = await school_with(1)
    for other in ({"product": "numo"}, {"license_product": None}):
        answer = await school.start(await school.person(), **other)
        assert [error["field"] for error in answer.json()["errors"]] == ["body"]

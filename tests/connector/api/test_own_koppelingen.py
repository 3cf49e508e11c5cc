from typing import Any

import pytest

from services.connector.domain.koppeling import State
from services.connector.domain.school_messages import school_message
from shared.ids import new_id
from tests.connector.conftest import new_product
from tests.connector.kurve import Kurve, School
from tests.fixtures.callers import Issuer

PATH = "/v1/own-koppelingen"


async def test_a_schoolbeheerder_reads_how_their_koppeling_stands(
    kurve: Kurve, issuer: Issuer, school: School
) -> None:
    await kurve.requested(school, end_on="2099-07-31")
    user = await issuer.headers(school=school.id, role="schoolbeheerder")
    answer = await kurve.client.get(PATH, headers=user)
    assert answer.status_code == 200
    (seen,) = answer.json()["items"]
    assert seen == {
        "product": kurve.product,
        "product_name": "Numo",
        "state": "requested",
        "message": school_message(State.REQUESTED, "Numo"),
        "can_import": False,
        "begin_on": None,
        "end_on": "2099-07-31",
        "last_verified_at": None,
    }


async def test_importing_is_possible_once_it_is_active(
    kurve: Kurve, issuer: Issuer, activated: Any
) -> None:
    school, _ = await activated()
    user = await issuer.headers(school=school.id, role="schoolbeheerder")
    (seen,) = (await kurve.client.get(PATH, headers=user)).json()["items"]
    assert (seen["state"], seen["can_import"]) == ("active", True)


@pytest.mark.parametrize("role", ["docent", "leerling"])
async def test_a_teacher_or_a_pupil_does_not_see_it(
    kurve: Kurve, issuer: Issuer, school: School, role: str
) -> None:
    user = await issuer.headers(school=school.id, role=role, person=new_id())
    answer = await kurve.client.get(PATH, headers=user)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_another_school_answers_like_one_that_does_not_exist(
    kurve: Kurve, issuer: Issuer, school: School
) -> None:
    await kurve.requested(school)
    user = await issuer.headers(school=new_id(), role="schoolbeheerder")
    asked = await kurve.client.get(PATH, params={"school_id": str(school.id)}, headers=user)
    assert (asked.status_code, asked.json()["code"]) == (404, "not_found")
    assert (await kurve.client.get(PATH, headers=user)).json() == {"items": []}


async def test_a_products_key_sees_that_product_only(
    kurve: Kurve, api_key: Any, school: School
) -> None:
    await kurve.requested(school)
    other = await new_product(kurve.client)
    params = {"school_id": str(school.id)}
    for product, many in ((kurve.product, 1), (other, 0)):
        headers = await api_key("ops", product=product)
        answer = await kurve.client.get(PATH, params=params, headers=headers)
        assert len(answer.json()["items"]) == many


@pytest.mark.parametrize("state", State)
def test_every_state_has_words_that_name_no_other_product(state: State) -> None:
    words = school_message(state, "Rekenhulp")
    assert words.endswith(".")
    assert "Numo" not in words
    assert "{" not in words

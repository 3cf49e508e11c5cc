"""Which organisation a school is, when Somtoday alone does not tell."""

from typing import Any

from shared.ids import new_id
from tests.connector.conftest import Somtoday, new_product
from tests.connector.kurve import Kurve, School, run_worker


async def choose(kurve: Kurve, koppeling: str, organisation: object) -> Any:
    path = f"/v1/koppelingen/{koppeling}/organisation"
    return await kurve.client.post(path, json={"organisation_id": str(organisation)})


async def test_ops_choose_among_the_candidates_and_the_choice_is_recorded(
    kurve: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    koppeling = await kurve.requested(school, school_name="Heet in Somtoday anders")
    await run_worker(kurve.settings)
    seen = await kurve.show(koppeling)
    assert (seen["state"], seen["problem"]) == ("waiting", "organisation_name_differs")
    answer = await kurve.client.get(f"/v1/koppelingen/{koppeling}/stated-and-observed")
    (candidate,) = answer.json()["observed"]["candidates"]
    assert candidate == {
        "id": school.organisation,
        "name": school.name,
        "brins": candidate["brins"],
    }
    assert any(brin.startswith(school.brin) for brin in candidate["brins"])
    refused = await choose(kurve, koppeling, new_id())
    assert (refused.status_code, refused.json()["code"]) == (409, "organisation_not_a_candidate")
    assert (await choose(kurve, koppeling, candidate["id"])).status_code in {200, 202}
    await run_worker(kurve.settings)
    seen = await kurve.show(koppeling)
    assert (seen["state"], seen["organisation_id"]) == ("active", school.organisation)
    events = (await kurve.client.get(f"/v1/koppelingen/{koppeling}/history")).json()["items"]
    (chosen,) = [one for one in events if one["changed"] == ["organisation"]]
    assert school.organisation in chosen["reason"]
    answer = await kurve.client.get(f"/v1/koppelingen/{koppeling}/stated-and-observed")
    assert answer.json()["observed"]["candidates"] == []


async def test_choosing_again_changes_nothing(
    kurve: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    koppeling = await kurve.requested(school, school_name="Anders")
    await run_worker(kurve.settings)
    for _ in range(2):
        assert (await choose(kurve, koppeling, school.organisation)).status_code in {200, 202}
        await run_worker(kurve.settings)
    events = (await kurve.client.get(f"/v1/koppelingen/{koppeling}/history")).json()["items"]
    assert len([one for one in events if one["changed"] == ["organisation"]]) == 1


async def test_of_another_products_koppeling_nothing_is_chosen(
    kurve: Kurve, school: School, api_key: Any
) -> None:
    koppeling = await kurve.requested(school)
    headers = await api_key("ops", product=await new_product(kurve.client))
    path = f"/v1/koppelingen/{koppeling}/organisation"
    body = {"organisation_id": school.organisation}
    answer = await kurve.client.post(path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

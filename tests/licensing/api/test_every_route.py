"""Each route there is: who may call it, and that it tells nothing of another school's things."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from shared.ids import new_id
from tests.licensing.conftest import PRODUCT, School
from tests.routes import Route, routes, told

Make = Callable[[int], Awaitable[School]]
MakeKey = Callable[..., Awaitable[dict[str, str]]]
ROUTES = list(routes("licensing"))
_SCHOOL = {"admin", "ops", "ops of a product"}
_OPS = {"ops", "ops of a product"}
_KURVE = {"ops"}
_STARTING = {"leerling", "frontend"}
# A route that is not here is for Kurve's ops, also for those of one product.
MAY = {
    "GET /v1/dead-letters": _KURVE,
    "POST /v1/dead-letters/{letter_id}/retry": _KURVE,
    "GET /v1/license-checks": _KURVE,
    "POST /v1/license-merges": _KURVE,
    "GET /v1/license-contact": {"admin", "ops"},
    "PUT /v1/license-contact": {"admin", "ops"},
    "DELETE /v1/license-contact": {"admin", "ops"},
    "GET /v1/license-pools": _SCHOOL,
    "GET /v1/license-reports/{schooljaar}": _SCHOOL,
    "GET /v1/license-reports/{schooljaar}/use.svg": _SCHOOL,
    "GET /v1/license-reports/{schooljaar}/{table}.{file_format}": _SCHOOL,
    "GET /v1/licenses": _SCHOOL,
    "POST /v1/licenses/{license_id}/release": _SCHOOL,
    "POST /v1/license-uses": _STARTING,
    "POST /v1/license-uses:batch": _STARTING,
}


async def test_each_route_is_for_who_may_call_it_and_refuses_all_others(
    school_with: Make, api_key: MakeKey
) -> None:
    school = await school_with(0)
    token = school.issuer.headers
    callers = {
        "nobody": {},
        "admin": await token(school=school.id),
        "docent": await token(school=school.id, role="docent", person=new_id()),
        "leerling": await token(school=school.id, role="leerling", person=new_id()),
        "ops": school.ops,
        "ops of a product": await api_key("ops", product="other"),
        "frontend": school.numo,
        "reader": await api_key("roster:read", "identities:resolve"),
    }
    assert MAY.keys() <= {route.name for route in ROUTES}

    async def ask(route: Route, who: str) -> None:
        # A user's token names the school; of a key it is one that does not exist.
        query = {} if who in {"admin", "docent", "leerling"} else {"school_id": str(new_id())}
        call = route.call({"code": f"c{new_id()}"[:30]}, **query)
        call["headers"] |= callers[who]
        answer = await school.client.request(**call)
        shown = f"{who}: {route.name}: {answer.status_code}"
        if who == "nobody":
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), shown
        elif who in MAY.get(route.name, _OPS):
            assert answer.status_code not in {401, 403}, shown
            assert answer.status_code < 500, shown
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), shown

    for route in ROUTES:
        await asyncio.gather(*(ask(route, who) for who in callers))


async def test_another_schools_and_products_things_answer_like_what_does_not_exist(
    school_with: Make, api_key: MakeKey
) -> None:
    theirs, mine = await school_with(3), await school_with(3)
    one, other = await theirs.person(), await theirs.person()
    used = (await theirs.start(one)).json()
    body = {"url": "http://127.0.0.1:9/", "events": ["license.pool_low"], "product": "numo"}
    headers = {**theirs.ops, "Idempotency-Key": str(new_id())}
    webhook = await theirs.client.post("/v1/webhooks", json=body, headers=headers)
    things = {
        "license_id": used["license_id"],
        "pool_id": (await theirs.pool())["id"],
        "person_id": str(one),
        "into_person_id": str(other),
        "webhook_id": webhook.json()["id"],
    }
    unknown = {name: str(new_id()) for name in things}
    before = await theirs.pool(), await theirs.ledger()
    own = {"school_id": str(mine.id)}
    about = [route for route in ROUTES if route.mentions(things)]
    of_schools = [route for route in about if "school_id" in route.query]
    of_products = [route for route in about if "{webhook_id}" in route.path]
    assert (len(of_schools), len(of_products)) == (6, 6)
    token = mine.issuer.headers
    asked: list[tuple[list[Route], dict[str, str], dict[str, str]]] = [
        (of_schools, await token(school=mine.id), {}),
        (of_schools, await token(school=mine.id, role="leerling", person=one), {}),
        (of_schools, mine.ops, own),
        (of_schools, mine.numo, own),
        (of_products, await api_key("ops", product="other"), {}),
    ]
    for these, who, query in asked:
        for route in these:
            answers = [await _ask(mine.client, route, of, who, query) for of in (things, unknown)]
            assert answers[0] == answers[1], route.name
            assert answers[0][0] < 500, route.name
    assert (await theirs.pool(), await theirs.ledger()) == before


async def _ask(
    client: httpx.AsyncClient,
    route: Route,
    things: dict[str, str],
    who: dict[str, str],
    query: dict[str, str],
) -> tuple[int, str]:
    call = route.call({"license_product": PRODUCT, **things}, **query)
    call["headers"] |= who
    return told(await client.request(**call))

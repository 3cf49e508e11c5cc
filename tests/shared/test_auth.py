from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import Depends, FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr

from shared.auth.acting import Acting, acting
from shared.auth.dependencies import Authenticator, Ops
from shared.auth.principal import Role
from shared.auth.tokens import TokenVerifier
from shared.clock import now
from shared.database import Database
from shared.ids import new_id
from shared.problem_handlers import install_problem_handlers
from tests.fixtures.callers import Issuer
from tests.fixtures.servers import LocalUrls

_Administrator = Annotated[Acting, Depends(acting(Role.SCHOOLBEHEERDER, scopes=frozenset()))]


@pytest.fixture
async def client(urls: LocalUrls, issuer: Issuer) -> AsyncIterator[AsyncClient]:
    database = Database(SecretStr(urls.importer.replace("postgresql://", "postgresql+psycopg://")))
    tokens = TokenVerifier(issuer.url, issuer.audience, f"{issuer.url}/jwks")
    app = FastAPI()
    app.state.authenticator = Authenticator(database, tokens)
    install_problem_handlers(app)

    @app.get("/ops")
    async def ops(caller: Ops) -> str:
        return caller.audit_name

    @app.get("/school")
    async def school(user: _Administrator) -> str:
        return str(user.school_id)

    async with AsyncClient(transport=ASGITransport(app), base_url="http://demo") as made:
        yield made
    await tokens.close()
    await database.close()


async def test_a_school_administrator_comes_in_with_a_token(
    client: AsyncClient, issuer: Issuer
) -> None:
    school = new_id()
    answer = await client.get("/school", headers=await issuer.headers(school=school))
    assert answer.json() == str(school)
    assert (
        await client.get("/ops", headers=await issuer.headers(school=school))
    ).status_code == 403


@pytest.mark.parametrize("role", ["docent", "leerling"])
async def test_another_role_is_not_allowed(client: AsyncClient, issuer: Issuer, role: str) -> None:
    answer = await client.get("/school", headers=await issuer.headers(school=new_id(), role=role))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_ops_come_in_with_a_key(
    client: AsyncClient, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    assert (await client.get("/ops", headers=await api_key("ops"))).status_code == 200
    refused = await client.get("/ops", headers=await api_key("roster:read", product=None))
    assert refused.status_code == 403


async def test_nothing_and_nonsense_are_not_authenticated(client: AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer kpl_unknown"}):
        answer = await client.get("/school", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


def _claims(issuer: Issuer, **changed: object) -> dict[str, object]:
    moment = int(now().timestamp())
    return {
        "iss": issuer.url,
        "aud": issuer.audience,
        "iat": moment,
        "exp": moment + 60,
        "sub": "s",
        "school": str(new_id()),
        "role": "schoolbeheerder",
        **changed,
    }


async def test_a_token_of_our_own_making_is_refused(client: AsyncClient, issuer: Issuer) -> None:
    keys = (await issuer.client.get("/jwks")).json()
    key_id = keys["keys"][0]["kid"]
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = [
        jwt.encode(_claims(issuer), own, "RS256", headers={"kid": key_id}),
        jwt.encode(
            _claims(issuer), "a-shared-secret-of-32-bytes-length!!", "HS256", {"kid": key_id}
        ),
        jwt.encode(_claims(issuer), "", "none", headers={"kid": key_id}),
    ]
    for token in forged:
        answer = await client.get("/school", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


async def test_an_issuer_that_is_away_is_not_the_callers_fault(issuer: Issuer) -> None:
    verifier = TokenVerifier(issuer.url, issuer.audience, "http://127.0.0.1:1/jwks")
    with pytest.raises(httpx.ConnectError):
        await verifier.verify(await issuer.token(school=new_id()))
    await verifier.close()

"""Numo's tokens, with a key that the verifier trusts: what else must be right."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI

from shared.auth.tokens import TokenRefusedError, TokenVerifier
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.http import serving

_ISSUER, _AUDIENCE, _KEY_ID = "https://login.numo.example", "numo", "first"
_TRUSTED = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
async def verifier() -> AsyncIterator[TokenVerifier]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_TRUSTED.public_key(), as_dict=True)
    app = FastAPI()

    @app.get("/jwks")
    async def keys() -> dict[str, Any]:
        return {"keys": [{**public, "kid": _KEY_ID, "use": "sig", "alg": "RS256"}]}

    async with serving(lambda _: app) as url:
        made = TokenVerifier(_ISSUER, _AUDIENCE, f"{url}/jwks")
        yield made
        await made.close()


def _claims(**changed: object) -> dict[str, object]:
    moment = int(now().timestamp())
    right = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "iat": moment,
        "exp": moment + 60,
        "sub": "s",
        "school": str(new_id()),
        "role": "docent",
        "person": str(new_id()),
        **changed,
    }
    return {name: value for name, value in right.items() if value is not None}


def _signed(header: dict[str, object] | None = None, **changed: object) -> str:
    return jwt.encode(_claims(**changed), _TRUSTED, "RS256", {"kid": _KEY_ID, **(header or {})})


def _head(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=") + ".e30.x"


async def test_a_right_token_is_its_user(verifier: TokenVerifier) -> None:
    user = await verifier.verify(_signed(sub="anna", aud=[_AUDIENCE, "other"]))
    assert (user.subject, user.role) == ("anna", "docent")


_PAST = int(now().timestamp()) - 3600
WRONG_CLAIMS: list[dict[str, object]] = [
    {"iss": "https://login.elsewhere.example"},
    {"aud": "another-product"},
    {"aud": ["another-product"]},
    {"exp": _PAST},
    {"nbf": _PAST + 7200},
    {"iat": _PAST + 7200},
    {"role": "baas"},
    {"role": ["schoolbeheerder"]},
    {"role": {}},
    {"school": "1"},
    {"school": 1},
    {"school": ["x"]},
    {"person": "1"},
    {"person": ["x"]},
    {"sub": "a\x00b"},
    {"sub": "a" * 256},
    *({name: None} for name in ("iss", "aud", "exp", "iat", "sub", "role", "school")),
]


@pytest.mark.parametrize("wrong", WRONG_CLAIMS, ids=range(len(WRONG_CLAIMS)))
async def test_a_signed_token_with_a_wrong_claim_is_refused(
    verifier: TokenVerifier, wrong: dict[str, object]
) -> None:
    with pytest.raises(TokenRefusedError):
        await verifier.verify(_signed(**wrong))


async def test_another_key_or_algorithm_is_refused(verifier: TokenVerifier) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    theirs = jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key(), as_dict=True)
    curve = ec.generate_private_key(ec.SECP256R1())
    for token in (
        jwt.encode(_claims(), other, "RS256", {"kid": _KEY_ID}),
        jwt.encode(_claims(), other, "RS256", {"kid": _KEY_ID, "jwk": theirs}),
        jwt.encode(_claims(), other, "RS256", {"kid": "unknown"}),
        jwt.encode(_claims(), curve, "ES256", {"kid": _KEY_ID}),
        jwt.encode(_claims(), "a-shared-secret-of-32-bytes-length!!", "HS256", {"kid": _KEY_ID}),
        jwt.encode(_claims(), "", "none", {"kid": _KEY_ID}),
        _signed({"kid": ""}),
        _signed()[:-4],
        _signed().rpartition(".")[0] + ".",
    ):
        with pytest.raises(TokenRefusedError):
            await verifier.verify(token)


@pytest.mark.parametrize(
    "token",
    [
        *("", ".", "...", "é.ü.x", _head(b"[]"), _head(b'"x"'), _head(b"\xff"), _head(b"{}")),
        *(_head(b"[" * 30_000), _head(b'{"a":' * 10_000), _head(b'{"kid":' + b"9" * 5_000 + b"}")),
        *(_head(b'{"kid":["first"]}'), _head(b'{"kid":"first","alg":["RS256"]}')),
        *(_head(b'{"kid":"first","alg":"RS256","crit":"x"}'), _head(b'{"kid":"\\ud800"}')),
    ],
    ids=range(15),
)
async def test_what_is_no_token_is_refused_and_breaks_nothing(
    verifier: TokenVerifier, token: str
) -> None:
    with pytest.raises(TokenRefusedError):
        await verifier.verify(token)

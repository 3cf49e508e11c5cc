"""Numo's OIDC bearer tokens: signature, issuer, audience and times checked, claims read.

Sources: RFC 9068 (JWT access tokens), RFC 7517 (JWKS), OpenID Connect Core 1.0.
"""

import asyncio
import base64
import json
import time
from typing import Any
from uuid import UUID

import httpx
import jwt

from shared.auth.principal import Role, User
from shared.http import new_client

# Only asymmetric algorithms: with HS256 allowed a public key could be used as a shared secret.
_ALGORITHMS = ["RS256", "ES256"]
_KEYS_LIVE_SECONDS = 600.0
_LEAST_SECONDS_BETWEEN_FETCHES = 5.0
_LEEWAY_SECONDS = 30
# OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
_LONGEST_SUBJECT = 255


class TokenRefusedError(Exception):
    """The token is not one we accept; the message says why, without the token."""


class TokenVerifier:
    """Checks bearer tokens of one issuer and keeps its public keys for ten minutes."""

    def __init__(self, issuer: str, audience: str, jwks_url: str) -> None:
        """Prepare; the keys are fetched with the first token."""
        self._issuer = issuer
        self._audience = audience
        self._jwks_url = jwks_url
        self._client = new_client()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def verify(self, token: str) -> User:
        """Whose token this is.

        Raises:
            TokenRefusedError: bad signature, wrong issuer or audience, expired, or claims missing.
            httpx.HTTPError: the issuer's keys cannot be had.

        """
        try:
            key_id = _key_id(token)
            claims = jwt.decode(
                token,
                await self._key(key_id),
                algorithms=_ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "iss", "aud"]},
            )
        except jwt.InvalidTokenError as error:
            raise TokenRefusedError(type(error).__name__) from None
        return _user(claims)

    async def close(self) -> None:
        """Close the connection to the issuer."""
        await self._client.aclose()

    async def _key(self, key_id: str) -> jwt.PyJWK:
        async with self._fetching:
            age = time.monotonic() - self._fetched_at
            unknown = key_id not in self._keys and age > _LEAST_SECONDS_BETWEEN_FETCHES
            if unknown or age > _KEYS_LIVE_SECONDS:
                await self._fetch()
        if key_id not in self._keys:
            msg = "unknown key"
            raise TokenRefusedError(msg)
        return self._keys[key_id]

    async def _fetch(self) -> None:
        answer = await self._client.get(self._jwks_url)
        answer.raise_for_status()
        try:
            found = jwt.PyJWKSet.from_dict(answer.json())
        except (ValueError, jwt.PyJWTError) as error:
            msg = "the issuer's key set is not readable"
            raise httpx.DecodingError(msg) from error
        self._keys = {key.key_id: key for key in found.keys if key.key_id}
        self._fetched_at = time.monotonic()


def _key_id(token: str) -> str:
    """Which key a token says it was signed with; PyJWT would take the whole token apart for it."""
    head = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError) as error:
        # Nothing of a token is proven yet: also one that is nested without end is only refused.
        raise jwt.DecodeError from error
    if not isinstance(found, dict):
        raise jwt.DecodeError
    return str(found.get("kid", ""))


def _user(claims: dict[str, Any]) -> User:
    try:
        person = claims.get("person")
        return User(
            subject=_subject(str(claims["sub"])),
            school_id=UUID(claims["school"]),
            role=Role(claims["role"]),
            person_id=UUID(person) if person else None,
        )
    except (KeyError, ValueError, AttributeError, TypeError):
        msg = "claims missing or unreadable"
        raise TokenRefusedError(msg) from None


def _subject(text: str) -> str:
    if not text.isprintable() or len(text) > _LONGEST_SUBJECT:
        msg = "not a subject"
        raise ValueError(msg)
    return text

"""What a router declares to say who may call it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import httpx
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from psycopg import OperationalError

from shared.auth.api_keys import KEY_PREFIX, caller_of_key
from shared.auth.principal import ApiCaller, Principal, Scope
from shared.auth.tokens import TokenRefusedError, TokenVerifier
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

_bearer = HTTPBearer(auto_error=False, description="A Numo user's OIDC token, or an API key")


class Authenticator:
    """Turns a bearer credential into a principal."""

    def __init__(self, database: Database, tokens: TokenVerifier) -> None:
        """Take the service's database and the verifier of Numo's tokens."""
        self._database = database
        self._tokens = tokens

    async def principal(self, credential: str) -> Principal:
        """Who presents this credential.

        Raises:
            Refusal: not_authenticated, or unavailable when the issuer's keys, or the database that
                holds ours, cannot be had.

        """
        if credential.startswith(KEY_PREFIX):
            try:
                caller = await caller_of_key(self._database, credential)
            except OperationalError:
                raise Refusal(ErrorCode.UNAVAILABLE) from None
            if caller is None:
                raise Refusal(ErrorCode.NOT_AUTHENTICATED)
            return caller
        try:
            return await self._tokens.verify(credential)
        except TokenRefusedError:
            raise Refusal(ErrorCode.NOT_AUTHENTICATED) from None
        except httpx.HTTPError:
            raise Refusal(ErrorCode.UNAVAILABLE) from None


async def authenticate(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """The caller of this request; refuses with not_authenticated."""
    if credentials is None:
        raise Refusal(ErrorCode.NOT_AUTHENTICATED)
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.principal(credentials.credentials)


Caller = Annotated[Principal, Depends(authenticate)]


def api_caller(*scopes: Scope) -> Callable[[Caller], Awaitable[ApiCaller]]:
    """A dependency: an API key that has one of these scopes."""

    async def allowed(caller: Caller) -> ApiCaller:
        if isinstance(caller, ApiCaller) and not caller.scopes.isdisjoint(scopes):
            return caller
        raise Refusal(ErrorCode.NOT_ALLOWED)

    return allowed


Ops = Annotated[ApiCaller, Depends(api_caller(Scope.OPS))]

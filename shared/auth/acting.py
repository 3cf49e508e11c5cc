"""For which school a caller acts: a Numo user for their own, an API key for the one it names."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query

from shared.auth.dependencies import Caller
from shared.auth.principal import ApiCaller, Principal, Role, Scope
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

SchoolId = Annotated[
    UUID | None,
    Query(description="the school, for an API key; a Numo user's token names it already"),
]


@dataclass(frozen=True)
class Acting:
    """A caller who may act for one school; `caller` is how it is recorded."""

    school_id: UUID
    caller: str
    principal: Principal

    @property
    def only_product(self) -> str | None:
        """The one Kurve product that the caller may see; null for Numo users and Kurve ops."""
        return self.principal.product if isinstance(self.principal, ApiCaller) else None


def acting(
    *roles: Role, scopes: frozenset[Scope]
) -> Callable[[Caller, SchoolId], Awaitable[Acting]]:
    """A dependency: a user with one of these roles, or an API key with one of these scopes.

    Another school than a user's own answers not_found, like one that does not exist.
    """

    # Not a plain function: FastAPI would hand every call of it to a thread.
    async def allowed(caller: Caller, school_id: SchoolId = None) -> Acting:
        if isinstance(caller, ApiCaller):
            if caller.scopes.isdisjoint(scopes):
                raise Refusal(ErrorCode.NOT_ALLOWED)
            if school_id is None:
                missing = FieldError("school_id", "geef aan om welke school het gaat")
                raise Refusal(ErrorCode.INVALID_REQUEST, errors=(missing,))
            return Acting(school_id, caller.audit_name, caller)
        if caller.role not in roles:
            raise Refusal(ErrorCode.NOT_ALLOWED)
        if school_id not in {None, caller.school_id}:
            raise Refusal(ErrorCode.NOT_FOUND)
        return Acting(caller.school_id, caller.audit_name, caller)

    return allowed

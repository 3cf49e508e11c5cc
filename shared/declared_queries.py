"""A query parameter that a route does not declare is refused, on every route of every service.

Passed over, a filter that is misspelt would answer with everything where a part was meant.
"""

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute

from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal

_MOST = 100
_LONGEST = 100
_WRONG = "deze parameter bestaat niet"


async def refuse_undeclared(request: Request) -> None:
    """A dependency of every router.

    Raises:
        Refusal: invalid_request, with the name of each parameter that the route does not have.

    """
    if not request.query_params:
        return
    declared = _declared(request.scope["route"])
    unknown = [name for name in request.query_params if name not in declared]
    if unknown:
        errors = tuple(FieldError(name[:_LONGEST], _WRONG) for name in unknown[:_MOST])
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=errors)


def _declared(route: APIRoute) -> set[str]:
    # A field of a model does not say where it stands: only of a query are models declared.
    return {
        one.alias
        for one in get_flat_params(route.dependant)
        if getattr(one.field_info, "in_", ParamTypes.query) is ParamTypes.query
    }

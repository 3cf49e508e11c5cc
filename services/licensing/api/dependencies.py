"""What the routers of licensing need: what the app opened, and who acts for which school."""

from typing import Annotated

from fastapi import Depends

from services.licensing.application.turnstile import Turnstile
from services.licensing.application.webhooks import Desk
from shared.app_parts import part_of_app
from shared.auth.acting import Acting, acting
from shared.auth.principal import Role, Scope
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

Turn = Annotated[Turnstile, Depends(part_of_app("turnstile"))]
Webhooks = Annotated[Desk, Depends(part_of_app("webhooks"))]
may_start = acting(Role.LEERLING, scopes=frozenset({Scope.LICENSES_USE}))
Starting = Annotated[Acting, Depends(may_start)]
Looking = Annotated[Acting, Depends(acting(Role.SCHOOLBEHEERDER, scopes=frozenset({Scope.OPS})))]
ForASchool = Annotated[Acting, Depends(acting(scopes=frozenset({Scope.OPS})))]


async def _of_every_product(acting: ForASchool) -> Acting:
    if acting.only_product is not None:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    return acting


# Who is one person is so for the licenses of every Kurve product.
Merging = Annotated[Acting, Depends(_of_every_product)]

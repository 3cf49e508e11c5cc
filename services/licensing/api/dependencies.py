"""What the routers of licensing need: database and turnstile, and who acts for which school."""

from typing import Annotated

from fastapi import Depends, Request

from services.licensing.application.turnstile import Turnstile
from services.licensing.application.webhooks import Desk
from shared.auth.acting import Acting, acting
from shared.auth.principal import Role, Scope
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


async def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


async def _turnstile(request: Request) -> Turnstile:
    found: Turnstile = request.app.state.turnstile
    return found


async def _webhooks(request: Request) -> Desk:
    found: Desk = request.app.state.webhooks
    return found


OwnDatabase = Annotated[Database, Depends(_database)]
Turn = Annotated[Turnstile, Depends(_turnstile)]
Webhooks = Annotated[Desk, Depends(_webhooks)]
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

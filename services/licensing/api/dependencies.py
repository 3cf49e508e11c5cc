"""What the routers of licensing need: the database, and who acts for which school."""

from typing import Annotated

from fastapi import Depends, Request

from shared.auth.acting import Acting, acting
from shared.auth.principal import Role, Scope
from shared.database import Database


def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


OwnDatabase = Annotated[Database, Depends(_database)]
Starting = Annotated[Acting, Depends(acting(Role.LEERLING, scopes=frozenset({Scope.LICENSES_USE})))]
Looking = Annotated[Acting, Depends(acting(Role.SCHOOLBEHEERDER, scopes=frozenset({Scope.OPS})))]

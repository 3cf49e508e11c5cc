"""Who calls, and for which school."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from services.importer.application.read_roster import Reader
from services.importer.application.start_import import ImportOrder
from services.importer.domain.hand_changes import Hand
from services.importer.domain.reading import WHOLE, sight_of_docent, sight_of_leerling
from services.importer.settings import ImporterSettings
from shared.auth.acting import Acting, acting
from shared.auth.principal import Role, Scope, User
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import IdempotencyKey
from shared.queue import JobQueue


@dataclass(frozen=True)
class Parts:
    """What the app opened and routes use."""

    settings: ImporterSettings
    database: Database
    queue: JobQueue


async def _parts(request: Request) -> Parts:
    state: Any = request.app.state
    return Parts(state.settings, state.database, state.queue)


AppParts = Annotated[Parts, Depends(_parts)]
_OPS = frozenset({Scope.OPS})
_Administrator = Annotated[Acting, Depends(acting(Role.SCHOOLBEHEERDER, scopes=_OPS))]
_READ = frozenset({Scope.OPS, Scope.ROSTER_READ})
_Staff = Annotated[Acting, Depends(acting(Role.SCHOOLBEHEERDER, Role.DOCENT, scopes=_READ))]
_Anybody = Annotated[Acting, Depends(acting(*Role, scopes=_READ))]


def require_our_product(product: str | None, parts: Parts) -> None:
    """Refuse the key of another product with not_allowed."""
    if product not in {None, parts.settings.product}:
        raise Refusal(ErrorCode.NOT_ALLOWED)


_Colleague = Annotated[Acting, Depends(acting(Role.SCHOOLBEHEERDER, Role.DOCENT, scopes=_OPS))]


def _of_our_product(caller: Acting, parts: Parts) -> Acting:
    require_our_product(caller.only_product, parts)
    return caller


async def _importing(caller: _Administrator, parts: AppParts) -> Acting:
    return _of_our_product(caller, parts)


async def _reading(caller: _Staff, parts: AppParts) -> Reader:
    return _reader(_of_our_product(caller, parts))


async def _looking(caller: _Anybody, parts: AppParts) -> Reader:
    return _reader(_of_our_product(caller, parts))


def _reader(caller: Acting) -> Reader:
    user = caller.principal
    sight = WHOLE
    if isinstance(user, User) and user.role is Role.DOCENT:
        sight = sight_of_docent(user.person_id)
    elif isinstance(user, User) and user.role is Role.LEERLING:
        sight = sight_of_leerling(user.person_id)
    return Reader(caller.school_id, caller.caller, sight)


async def _changing(caller: _Colleague, parts: AppParts) -> Acting:
    return _of_our_product(caller, parts)


Changing = Annotated[Acting, Depends(_changing)]
Importing = Annotated[Acting, Depends(_importing)]
Reading = Annotated[Reader, Depends(_reading)]


async def _ordering(acting: Importing, idempotency_key: IdempotencyKey = None) -> ImportOrder:
    return ImportOrder(acting.school_id, acting.caller, idempotency_key)


Ordering = Annotated[ImportOrder, Depends(_ordering)]
LookingAtOne = Annotated[Reader, Depends(_looking)]


def person_of(caller: Acting) -> UUID | None:
    """Who the caller is in Numo, where their token says so."""
    return caller.principal.person_id if isinstance(caller.principal, User) else None


def hand_of(caller: Acting) -> Hand:
    """Whose hand changes somebody: a docent's reaches the pupils of the own groups."""
    user = caller.principal
    is_docent = isinstance(user, User) and user.role is Role.DOCENT
    return Hand(caller.caller, is_docent, person_of(caller))

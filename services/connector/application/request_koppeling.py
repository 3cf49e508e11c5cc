"""Ask for a koppeling: the first step of ops, safe to repeat."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.move_koppeling import begin_history, move_koppeling
from services.connector.application.stated import (
    Stated,
    columns_of_a_new_start,
    looks_again,
    note_stated,
    period_after,
    refuse_other_datavelden,
)
from services.connector.application.views import KoppelingView, koppeling_view
from services.connector.application.write_mails import SERVICE
from services.connector.domain.koppeling import TRANSITIONS, Event, State
from services.connector.store.koppelingen import (
    StoredKoppeling,
    add_koppeling,
    change_koppeling,
    find_koppeling_of,
    lock_koppeling,
)
from services.connector.store.products import find_product
from services.connector.store.schools import save_school
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.idempotency.first_answer import first_answer
from shared.ids import new_id
from shared.queue import JobQueue


@dataclass(frozen=True)
class WantedKoppeling:
    """What ops state; of dates, doelgroep and datavelden only what was stated, by column."""

    product: str
    school_name: str
    brin: str
    contact_email: str
    stated: Stated


async def request_koppeling(
    wanted: WantedKoppeling,
    *,
    database: Database,
    queue: JobQueue,
    actor: str,
    idempotency_key: str | None,
) -> tuple[KoppelingView, bool]:
    """The school's koppeling for a product, and whether it was requested just now.

    A school has one koppeling per product: asking again changes contact and stated dates, and
    starts one that is over anew.

    Raises:
        Refusal: product_unknown, invalid_request, or idempotency_key_reused.

    """
    async with database.transaction() as connection:

        async def act() -> dict[str, Any]:
            return await _request(connection, wanted, actor)

        answer = await first_answer(
            connection,
            service=SERVICE,
            caller=actor,
            key=idempotency_key,
            request=asdict(wanted),
            act=act,
        )
        view = await koppeling_view(connection, UUID(answer["koppeling_id"]), wanted.product)
    await queue.enqueue("verify_koppeling", str(view.id), attempt=f"verify:{new_id()}")
    return view, bool(answer["requested"])


async def _request(
    connection: AsyncConnection, wanted: WantedKoppeling, actor: str
) -> dict[str, Any]:
    product = await find_product(connection, wanted.product)
    if product is None:
        raise Refusal(ErrorCode.PRODUCT_UNKNOWN)
    refuse_other_datavelden(product, wanted.stated)
    school_id = await save_school(connection, wanted.brin, wanted.school_name)
    moment = now()
    values: dict[str, Any] = {
        "school_id": school_id,
        "product": wanted.product,
        "contact_email": wanted.contact_email,
        "state": State.REQUESTED,
        "requested_at": moment,
        "verify_due_at": moment,
        **wanted.stated,
    }
    added = await add_koppeling(connection, values)
    if added is not None:
        await begin_history(connection, added, actor)
        return {"koppeling_id": str(added), "requested": True}
    koppeling = await _locked(connection, school_id, wanted.product)
    changes: dict[str, Any] = {"contact_email": wanted.contact_email, **wanted.stated}
    period = period_after(koppeling, wanted.stated)
    changes |= await note_stated(connection, koppeling, changes, actor)
    requested = Event.REQUEST in TRANSITIONS[koppeling.state]
    if requested:
        again = {**changes, **columns_of_a_new_start(moment)}
        await move_koppeling(connection, koppeling, Event.REQUEST, actor=actor, columns=again)
    else:
        other_period = period != koppeling.period
        if looks_again(koppeling.state, other_period=other_period, asked=True):
            changes["verify_due_at"] = moment
        await change_koppeling(connection, koppeling.id, changes)
    return {"koppeling_id": str(koppeling.id), "requested": requested}


async def _locked(connection: AsyncConnection, school_id: UUID, product: str) -> StoredKoppeling:
    found = await find_koppeling_of(connection, school_id, product)
    locked = None if found is None else await lock_koppeling(connection, found.id)
    if locked is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return locked

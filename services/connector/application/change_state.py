"""What ops do to a koppeling by hand: pause, resume, end."""

from uuid import UUID

from services.connector.application.move_koppeling import move_koppeling
from services.connector.application.views import KoppelingView, koppeling_view
from services.connector.domain.koppeling import Event, State
from services.connector.store.koppelingen import lock_koppeling
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue


async def change_state(
    koppeling_id: UUID,
    event: Event,
    *,
    database: Database,
    queue: JobQueue,
    actor: str,
    only_product: str | None,
    reason: str | None = None,
) -> KoppelingView:
    """Apply what ops decided, and note who and why.

    Raises:
        Refusal: not_found, or transition_not_possible.

    """
    async with database.transaction() as connection:
        koppeling = await lock_koppeling(connection, koppeling_id, only_product)
        if koppeling is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        columns = {"last_problem": None}
        after = await move_koppeling(
            connection, koppeling, event, actor=actor, reason=reason, columns=columns
        )
        view = await koppeling_view(connection, koppeling_id, only_product)
    if after is State.REQUESTED:
        await queue.enqueue("verify_koppeling", str(koppeling_id), attempt=f"verify:{new_id()}")
    return view

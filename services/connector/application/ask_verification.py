"""Have a koppeling verified now instead of at its turn."""

from uuid import UUID

from services.connector.application.views import KoppelingView, koppeling_view
from services.connector.domain.koppeling import VERIFIED, not_possible
from services.connector.store.koppelingen import change_koppeling, lock_koppeling
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue


async def ask_verification(
    koppeling_id: UUID, *, database: Database, queue: JobQueue, only_product: str | None
) -> KoppelingView:
    """Make a verification due; a job follows at once.

    Raises:
        Refusal: not_found, or transition_not_possible for one that is paused or over.

    """
    async with database.transaction() as connection:
        koppeling = await lock_koppeling(connection, koppeling_id, only_product)
        if koppeling is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if koppeling.state not in VERIFIED:
            raise not_possible(koppeling.state)
        await change_koppeling(connection, koppeling_id, {"verify_due_at": now()})
        view = await koppeling_view(connection, koppeling_id, only_product)
    await queue.enqueue("verify_koppeling", str(koppeling_id), attempt=f"verify:{new_id()}")
    return view

"""Let ops choose which of several organisations a school is."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.views import KoppelingView, koppeling_view
from services.connector.domain.koppeling import VERIFIED, not_possible
from services.connector.store.events import note_change
from services.connector.store.koppelingen import StoredKoppeling, change_koppeling, lock_koppeling
from services.connector.store.observed import find_candidates
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.ids import new_id
from shared.queue import JobQueue


async def choose_organisation(
    koppeling_id: UUID,
    organisation_id: UUID,
    *,
    database: Database,
    queue: JobQueue,
    actor: str,
    only_product: str | None,
) -> KoppelingView:
    """Keep a choice among the candidates that Somtoday listed, and verify with it at once.

    Choosing the same again changes nothing but has Somtoday looked at again.

    Raises:
        Refusal: not_found, organisation_not_a_candidate, or transition_not_possible.

    """
    async with database.transaction() as connection:
        koppeling = await lock_koppeling(connection, koppeling_id, only_product)
        if koppeling is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        if koppeling.state not in VERIFIED:
            raise not_possible(koppeling.state)
        if koppeling.chosen_organisation_id != organisation_id:
            await _note(connection, koppeling, organisation_id, actor)
        values = {"verify_due_at": now(), "chosen_organisation_id": organisation_id}
        await change_koppeling(connection, koppeling_id, values)
        view = await koppeling_view(connection, koppeling_id, only_product)
    await queue.enqueue("verify_koppeling", str(koppeling_id), attempt=f"verify:{new_id()}")
    return view


async def _note(
    connection: AsyncConnection, koppeling: StoredKoppeling, organisation_id: UUID, actor: str
) -> None:
    candidates = await find_candidates(connection, koppeling.id)
    names = {candidate.id: candidate.name for candidate in candidates}
    if organisation_id not in names:
        raise Refusal(ErrorCode.ORGANISATION_NOT_A_CANDIDATE)
    await note_change(
        connection,
        koppeling.id,
        koppeling.state,
        fields=["organisation"],
        actor=actor,
        reason=f"organisation: {organisation_id} ({names[organisation_id]})",
    )

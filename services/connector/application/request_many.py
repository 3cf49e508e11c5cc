"""Ask for many koppelingen: each row by itself, so that one that is refused stops no other.

Can be killed at any row and asked again as a whole: a row that was done is found as it is.
"""

from collections.abc import Iterable

from services.connector.application.request_koppeling import WantedKoppeling, request_koppeling
from services.connector.application.views import KoppelingView
from shared.database import Database
from shared.errors.refusal import Refusal
from shared.queue import JobQueue

Outcome = tuple[KoppelingView, bool] | Refusal


async def request_many(
    rows: Iterable[WantedKoppeling | Refusal],
    *,
    database: Database,
    queue: JobQueue,
    actor: str,
    idempotency_key: str | None,
) -> list[Outcome]:
    """What became of each row, in their order: its koppeling and whether it was requested just now.

    A row that is a refusal already stays one. Each row has a key of its own, made of the given one.
    """
    outcomes: list[Outcome] = []
    for number, row in enumerate(rows):
        if isinstance(row, Refusal):
            outcomes.append(row)
            continue
        key = None if idempotency_key is None else f"{idempotency_key}#{number}"
        try:
            outcomes.append(
                await request_koppeling(
                    row, database=database, queue=queue, actor=actor, idempotency_key=key
                )
            )
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes

"""Note what a roster was seen to hold, or that it was refused; never in the way of the roster."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from services.connector.domain.observation import Appearance
from services.connector.store.observed import note_observation, note_traits
from shared.clock import now
from shared.database import Database
from shared.telemetry import get_logger


async def note_refusal(database: Database, koppeling_id: UUID) -> None:
    """Note that Somtoday answered 401 just now."""
    with _not_in_the_way(koppeling_id):
        async with database.transaction() as connection:
            await note_observation(connection, koppeling_id, {"last_refused_at": now()})


async def note_whole_roster(
    database: Database, koppeling_id: UUID, appeared: Collection[Appearance]
) -> None:
    """Note what a roster that was read to its end came with."""
    with _not_in_the_way(koppeling_id):
        async with database.transaction() as connection:
            await note_traits(connection, koppeling_id, appeared, now())


@contextmanager
def _not_in_the_way(koppeling_id: UUID) -> Iterator[None]:
    # What is not noted now is noted by the next roster; a reader must not lose this one for it.
    try:
        yield
    except SQLAlchemyError as error:
        name = type(error).__name__
        get_logger().warning("observation_lost", koppeling=str(koppeling_id), error=name)

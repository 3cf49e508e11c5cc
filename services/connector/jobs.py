"""What the connector's worker does; each job only calls its use case."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from services.connector.application import send_mail as mails
from services.connector.application import sweep as sweeps
from services.connector.application import verify_koppeling as verification
from services.connector.application.move_koppeling import SERVICE
from services.connector.mail.send import Mailer
from shared.outbox import drain
from shared.queue import Context


@dataclass(frozen=True)
class WorkerParts:
    """What the worker opened for its jobs, in `ctx["parts"]`."""

    verifier: verification.Verifier
    mailer: Mailer


def _parts(ctx: Context) -> WorkerParts:
    parts: WorkerParts = ctx["parts"]
    return parts


async def verify_koppeling(ctx: Context, koppeling_id: str) -> None:
    """Verify one koppeling."""
    await verification.verify_koppeling(_parts(ctx).verifier, UUID(koppeling_id))


async def sweep(ctx: Context) -> None:
    """Ask for every verification that is due."""
    verifier = _parts(ctx).verifier
    await sweeps.sweep(verifier.database, verifier.queue)


async def drain_outbox(ctx: Context) -> None:
    """Carry out what the outbox holds."""
    parts = _parts(ctx)
    database = parts.verifier.database
    handler = partial(mails.send_mail, database, parts.mailer)
    await drain.drain_outbox(database, SERVICE, dict.fromkeys(mails.TOPICS, handler))

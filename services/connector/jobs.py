"""What the connector's worker does; each job only calls its use case."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from services.connector.application import ops_digest as digests
from services.connector.application import send_mail as mails
from services.connector.application import sweep as sweeps
from services.connector.application import tell_schools as telling
from services.connector.application import verify_koppeling as verification
from services.connector.application.remind_of_end import remind_of_end
from services.connector.application.tell_night import tell_night
from services.connector.application.write_mails import SERVICE, TOPICS
from shared.clock import now
from shared.mail.send import Mailer
from shared.outbox import drain
from shared.outbox.publish import IMPORT_NIGHT_STOPPED, KOPPELING_END_REMINDED
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


async def tell(ctx: Context) -> None:
    """Write the mails that only time made due: to schools, and once a day to ops."""
    verifier = _parts(ctx).verifier
    settings = verifier.settings
    await telling.tell_schools(verifier.database, timedelta(hours=settings.failing_after_hours))
    if settings.ops_email is not None:
        await digests.write_digest(verifier.database, now())


async def drain_outbox(ctx: Context) -> None:
    """Carry out what the outbox holds."""
    parts = _parts(ctx)
    database = parts.verifier.database
    to_school = partial(mails.send_mail, database, parts.mailer)
    address = parts.verifier.settings.ops_email
    to_ops = partial(digests.send_digest, database, parts.mailer, address)
    reminding = partial(remind_of_end, database, parts.mailer)
    handlers = {
        **dict.fromkeys(TOPICS, to_school),
        digests.TOPIC: to_ops,
        KOPPELING_END_REMINDED: reminding,
        IMPORT_NIGHT_STOPPED: partial(tell_night, database, parts.mailer),
    }
    await drain.drain_outbox(database, SERVICE, handlers)

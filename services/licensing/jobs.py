"""What licensing's worker does; each job only calls its use case."""

import asyncio
from dataclasses import dataclass
from functools import partial

from services.licensing.application import check_ledger as checks
from services.licensing.application import deliver_webhook as deliveries
from services.licensing.application import hear_merge as merges
from services.licensing.application import keep_log as logs
from services.licensing.application import mail_pool_level as mails
from services.licensing.application import tell_changes as telling
from services.licensing.application import tell_others as events
from services.licensing.application import webhook_deliveries as webhooks
from services.licensing.application import webhooks as desk
from services.licensing.domain.event import Event
from services.licensing.settings import LicensingSettings
from shared.clock import now
from shared.crypto import SecretBox
from shared.database import Database
from shared.mail.send import Mailer
from shared.outbox import drain
from shared.outbox.publish import PERSON_MERGED
from shared.queue import Context
from shared.untrusted_url import OutsideClient

PARTS = "parts"
_DRAINS_AT_ONCE = 4


@dataclass(frozen=True)
class WorkerParts:
    """What jobs work with; opened when the worker starts."""

    settings: LicensingSettings
    database: Database
    box: SecretBox
    client: OutsideClient
    mailer: Mailer


async def tell_changes(ctx: Context) -> None:
    """Write events of what the ledger says."""
    parts: WorkerParts = ctx[PARTS]
    await telling.tell_changes(parts.database)


async def nightly(ctx: Context) -> None:
    """Keep the months of the log and the days of webhooks, and prove the ledger, once a night."""
    parts: WorkerParts = ctx[PARTS]
    if await checks.check_ledger(parts.database, now()) is not None:
        await logs.keep_log(parts.database, now(), parts.settings.log_months)
        await desk.reseal(parts.database, parts.box)
        await webhooks.keep_deliveries(parts.database, now(), parts.settings.webhook_log_days)


async def drain_outbox(ctx: Context) -> None:
    """Carry out what the outbox holds."""
    parts: WorkerParts = ctx[PARTS]
    courier = deliveries.Courier(parts.database, parts.box, parts.client)
    handlers: dict[str, drain.Handler] = {
        **dict.fromkeys(Event, partial(events.tell_others, parts.database)),
        PERSON_MERGED: partial(merges.hear_merge, parts.database),
        events.TO_WEBHOOK: partial(deliveries.deliver_webhook, courier),
        mails.TO_SCHOOL: partial(mails.mail_school, parts.database, parts.mailer),
        mails.TO_OPS: partial(
            mails.mail_ops, parts.database, parts.mailer, parts.settings.ops_email
        ),
    }
    # Several at once: one receiver that is slow must not keep the others waiting.
    await asyncio.gather(
        *(
            drain.drain_outbox(parts.database, telling.SERVICE, handlers)
            for _ in range(_DRAINS_AT_ONCE)
        )
    )

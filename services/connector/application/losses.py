"""What a koppeling lost: vestigingen of its doelgroep that Somtoday does not show any more."""

from collections.abc import Sequence
from datetime import datetime

from services.connector.domain.mails import Loss
from services.connector.store.vestigingen import LostVestiging


def loss_of(lost: Sequence[LostVestiging], moment: datetime) -> Loss | None:
    """The loss as mails know it: one that comes back and goes again is another occasion."""
    if not lost:
        return None
    # A day, not a moment: what was last seen moves while a look is written.
    occasion = ",".join(f"{site.somtoday_id}@{site.last_seen_at:%Y-%m-%d}" for site in lost)
    return Loss(occasion, moment - max(site.last_seen_at for site in lost))

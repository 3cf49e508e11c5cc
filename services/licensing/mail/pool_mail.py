"""Compose the mails about a pool that runs out: to the school, and to Kurve ops."""

from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

from services.licensing.domain.license import GRACE
from services.licensing.domain.pool import Pool
from services.licensing.domain.pool_level import PoolLevel, level_of
from shared.mail.templates import MailTemplates, one_line

_TEMPLATES = MailTemplates(Path(__file__).parent / "templates", "licenties")


@dataclass(frozen=True)
class PoolFacts:
    """A pool as it stands when the mail is sent; `school_name` null when nobody told it."""

    pool: Pool
    license_product: str
    school_name: str | None


def compose_for_school(facts: PoolFacts, *, to: str, entry_id: UUID) -> EmailMessage:
    """Tell a school how many licenses it has left, and what happens when there are none."""
    return _TEMPLATES.rendered("pool_level", _values(facts), to=to, entry_id=entry_id)


def compose_for_ops(
    facts: PoolFacts, *, school_is_mailed: bool, to: str, entry_id: UUID
) -> EmailMessage:
    """Tell Kurve ops the same, and whether the school was told."""
    values = _values(facts) | {
        "school_id": facts.pool.school_id,
        "school_is_mailed": school_is_mailed,
    }
    return _TEMPLATES.rendered("ops_pool_level", values, to=to, entry_id=entry_id)


def _values(facts: PoolFacts) -> dict[str, Any]:
    pool = facts.pool
    level = level_of(pool.granted, pool.used)
    return {
        "license_product": one_line(facts.license_product),
        "school_name": None if facts.school_name is None else one_line(facts.school_name),
        "schooljaar": pool.schooljaar,
        "grace_days": GRACE.days,
        "granted": pool.granted,
        "used": pool.used,
        "left": pool.left,
        "overdrawn_by": pool.overdrawn_by,
        "more_allowed": max(pool.overdraft - pool.overdrawn_by, 0),
        "is_low": level < PoolLevel.EMPTY,
        "is_overdrawn": level is PoolLevel.OVERDRAWN,
    }

"""Every mail there is, with invented facts: for a preview and for the pictures in docs/."""

from datetime import date, timedelta
from email.message import EmailMessage
from enum import StrEnum
from uuid import UUID

from services.connector.domain.koppeling import State
from services.connector.domain.mails import OPS_HEAR, MailKind
from services.connector.domain.verdict import Problem
from services.connector.mail.digest import DigestLine, compose_digest
from services.connector.mail.message import Facts, compose
from services.connector.mail.night_stopped import StoppedFacts, compose_night_stopped
from services.connector.mail.people_asked import AskedFacts, compose_people_asked
from services.licensing.domain.pool import Pool
from services.licensing.mail.pool_mail import PoolFacts, compose_for_ops, compose_for_school
from shared.clock import Schooljaar

# For what must be the same whenever it is made.
SAMPLE_DAY = date(2026, 9, 1)
_TO = "applicatiebeheer@waterkant.example"
_ENTRY = UUID("01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10")
_DAYS_LEFT = {MailKind.EXPIRING_30: 30, MailKind.EXPIRING_7: 7, MailKind.EXPIRED: -1}
_PROBLEMS = {
    State.DEGRADED: Problem.SOURCE_UNAVAILABLE,
    State.REVOKED: Problem.NOT_OPENED,
    State.REQUESTED: Problem.TOKEN_REFUSED,
    State.WAITING: Problem.NOT_OPENED,
}


class Kind(StrEnum):
    """Every mail there is: those to schools, and those to ops."""

    WAITING = MailKind.WAITING.value
    ACTIVE = MailKind.ACTIVE.value
    EXPIRING_30 = MailKind.EXPIRING_30.value
    EXPIRING_7 = MailKind.EXPIRING_7.value
    EXPIRED = MailKind.EXPIRED.value
    REVOKED = MailKind.REVOKED.value
    FAILING = MailKind.FAILING.value
    NARROWED = MailKind.NARROWED.value
    PEOPLE_ASKED = "people_asked"
    NIGHT_STOPPED = "night_stopped"
    OPS_DIGEST = "ops_digest"
    POOL_LOW = "pool_low"
    POOL_EMPTY = "pool_empty"
    POOL_OVERDRAWN = "pool_overdrawn"
    OPS_POOL_LEVEL = "ops_pool_level"


# Of the 120 licenses of an invented pool.
_USED = {Kind.POOL_LOW: 96, Kind.POOL_EMPTY: 120, Kind.POOL_OVERDRAWN: 125}


def sample_mail(kind: Kind, day: date) -> EmailMessage:
    """A mail as it would be sent on a day."""
    if kind is Kind.OPS_DIGEST:
        return _digest(day)
    if kind is Kind.PEOPLE_ASKED:
        return compose_people_asked(_asked(day), to=_TO, entry_id=_ENTRY)
    if kind is Kind.NIGHT_STOPPED:
        return compose_night_stopped(_stopped(day), to=_TO, entry_id=_ENTRY)
    if kind is Kind.OPS_POOL_LEVEL:
        facts = _pool(100, day)
        return compose_for_ops(facts, school_is_mailed=True, to=_TO, entry_id=_ENTRY)
    if kind in _USED:
        return compose_for_school(_pool(_USED[kind], day), to=_TO, entry_id=_ENTRY)
    return _to_school(MailKind(kind), day)


def body_of(mail: EmailMessage, form: str) -> str:
    """Its `plain` or its `html` body."""
    body = mail.get_body((form,))
    return "" if body is None else str(body.get_content())


def _pool(used: int, day: date) -> PoolFacts:
    schooljaar = str(Schooljaar.of(day))
    pool = Pool(_ENTRY, _ENTRY, "numo-rekenen", schooljaar, 120, used, overdraft=12)
    return PoolFacts(pool, "Numo rekenen", "Waterkant College")


def _asked(day: date) -> AskedFacts:
    answer_by = day + timedelta(days=7)
    school = ("Numo", "Waterkant College", "99ZY")
    return AskedFacts(*school, pupils=1700, employees=150, answer_by=answer_by, is_the_day=False)


def _stopped(day: date) -> StoppedFacts:
    why = ["12 van de 28 leerlingen van klas h3a zouden worden gearchiveerd."]
    return StoppedFacts("Numo", "Waterkant College", "99ZY", day, is_held=True, why=why)


def _to_school(kind: MailKind, day: date) -> EmailMessage:
    facts = Facts(
        product="Numo",
        school_name="Waterkant College",
        brin="99ZY",
        vestigingen=[("Waterkant College Noord", "99ZY00"), ("Waterkant College Zuid", "99ZY01")],
        problem=Problem.NOT_OPENED if kind is MailKind.WAITING else None,
        end_on=day + timedelta(days=_DAYS_LEFT[kind]) if kind in _DAYS_LEFT else None,
        lost=["Waterkant College Zuid"] if kind is MailKind.NARROWED else (),
    )
    return compose(kind, facts, to=_TO, entry_id=_ENTRY)


def _digest(day: date) -> EmailMessage:
    lines = {
        state: [DigestLine("Waterkant College", "99ZY", "numo", day, _PROBLEMS[state])]
        for state in OPS_HEAR
    }
    warned = [DigestLine("Rivierenland", "99ZW", "numo", day, "vestiging_vanished")]
    return compose_digest(lines, warned, day=day, to=_TO, entry_id=_ENTRY)

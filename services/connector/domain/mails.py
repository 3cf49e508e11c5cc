"""Who is told of what, and when: the one table of all mails.

A school hears of each occurrence once. `Told` is what it knows, and when it was last mailed of
what: the first keeps a mail from being sent twice, the second keeps an unsteady koppeling from
filling an inbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.connector.domain.koppeling import Event, State


class MailKind(StrEnum):
    """What a school can be mailed about."""

    WAITING = "waiting"
    ACTIVE = "active"
    EXPIRING_30 = "expiring_30"
    EXPIRING_7 = "expiring_7"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FAILING = "failing"
    NARROWED = "narrowed"


_NO_TIME = timedelta(0)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """When a school is mailed about something, and when that is still worth sending.

    `states` are those in which it is told, once they lasted `after` (None: as long as ops chose)
    and only until they lasted `within`. `true_in` are those in which a late mail is still true.
    `days_left` counts the days to the stated last day, both ends inclusive. With `on_loss` it is
    told of vestigingen that are not open any more, and what lasts is their absence. Between two
    mails of this kind lies `apart`, and since the last mail of any kind `quiet`. What `undoes`
    names is news again after this mail.
    """

    states: frozenset[State]
    true_in: frozenset[State]
    after: timedelta | None = _NO_TIME
    within: timedelta | None = None
    days_left: tuple[int, int] | None = None
    on_loss: bool = False
    apart: timedelta = _NO_TIME
    quiet: timedelta = _NO_TIME
    undoes: frozenset[MailKind] = frozenset()


def _in(*states: State) -> frozenset[State]:
    return frozenset(states)


_S, _K = State, MailKind
_OPEN = _in(_S.ACTIVE, _S.DEGRADED)
RULES: dict[MailKind, Rule] = {
    _K.WAITING: Rule(_in(_S.WAITING), _in(_S.WAITING)),
    # A hiccup of Somtoday does not undo an activation.
    _K.ACTIVE: Rule(_in(_S.ACTIVE), _OPEN),
    _K.EXPIRING_30: Rule(_OPEN, _OPEN, days_left=(8, 30), quiet=_DAY),
    _K.EXPIRING_7: Rule(_OPEN, _OPEN, days_left=(0, 7), quiet=_DAY),
    # Long ago is no news: of what expired before there were such mails, nobody is told now.
    _K.EXPIRED: Rule(_in(_S.EXPIRED), _in(_S.EXPIRED), within=7 * _DAY),
    # Not at once: a school may be making it anew, and Somtoday may have shown nothing by mistake.
    _K.REVOKED: Rule(
        _in(_S.REVOKED),
        _in(_S.REVOKED),
        after=timedelta(hours=1),
        within=7 * _DAY,
        apart=_DAY,
        undoes=frozenset({_K.WAITING, _K.ACTIVE}),
    ),
    _K.FAILING: Rule(_in(_S.DEGRADED), _in(_S.DEGRADED), after=None, apart=7 * _DAY),
    # As with what is revoked: not at once, and long ago is no news.
    _K.NARROWED: Rule(
        _OPEN, _OPEN, after=timedelta(hours=1), within=7 * _DAY, on_loss=True, apart=_DAY
    ),
}
# What a school that reaches a state must hear again when it happens again.
FORGOTTEN_IN: dict[State, frozenset[MailKind]] = {
    _S.ACTIVE: frozenset({_K.REVOKED, _K.FAILING, _K.EXPIRED}),
}
# What ops hear of, in one mail a day: states that lasted so long; and until when they are news.
OPS_HEAR: dict[State, tuple[timedelta, timedelta | None]] = {
    _S.DEGRADED: (timedelta(hours=4), None),
    _S.REVOKED: (_NO_TIME, 14 * _DAY),
    _S.REQUESTED: (_DAY, None),
    _S.WAITING: (7 * _DAY, None),
}
OPS_HEAR_FROM_HOUR = 7
# Until when it is news that what works is not as it was stated.
OPS_HEAR_WARNING = 14 * _DAY
WATCHED = frozenset(
    state
    for rule in RULES.values()
    if rule.after != _NO_TIME and not rule.on_loss
    for state in rule.states
)
LONGEST_LOSS = max(rule.within or _NO_TIME for rule in RULES.values() if rule.on_loss)
LOSING = frozenset(state for rule in RULES.values() if rule.on_loss for state in rule.states)
ENDING = frozenset(state for rule in RULES.values() if rule.days_left for state in rule.states)
LONGEST_NOTICE_DAYS = max(rule.days_left[1] for rule in RULES.values() if rule.days_left)
del _S, _K


@dataclass(frozen=True)
class Loss:
    """Vestigingen of the doelgroep that are not open any more: which, and for how long."""

    occasion: str
    lasted: timedelta


@dataclass(frozen=True)
class Situation:
    """How a koppeling stands at a moment: its state, how long, its stated last day, its loss."""

    state: State
    lasted: timedelta
    end_on: date | None
    today: date
    loss: Loss | None = None


@dataclass(frozen=True)
class Told:
    """What a school knows (marks), and when it was last mailed, by kind."""

    marks: frozenset[str] = frozenset()
    at: Mapping[str, datetime] | None = None

    def with_mail(self, kind: MailKind, occasion: str | None, moment: datetime) -> "Told":
        """After one more mail."""
        marks = (self.marks - RULES[kind].undoes) | {mark(kind, occasion)}
        return Told(marks, {**(self.at or {}), kind.value: moment})

    def without_mail(self, kind: MailKind, occasion: str | None) -> "Told":
        """As if a mail had not been written: should it be true again, the school must hear it."""
        at = {name: moment for name, moment in (self.at or {}).items() if name != kind}
        return Told(self.marks - {mark(kind, occasion)}, at)

    def after(self, state: State, event: Event) -> "Told":
        """After an event; what ops start anew begins with a school that knows nothing."""
        if event is Event.REQUEST:
            return Told()
        return Told(self.marks - FORGOTTEN_IN.get(state, frozenset()), self.at)


def occasion_of(kind: MailKind, situation: Situation) -> str | None:
    """What a mail is about when a state alone does not say it: a last day, or what was lost."""
    if RULES[kind].on_loss:
        return None if situation.loss is None else situation.loss.occasion
    return None if RULES[kind].days_left is None else str(situation.end_on)


def mark(kind: MailKind, occasion: str | None) -> str:
    """What is remembered of a mail; another last day is another occurrence."""
    return kind.value if occasion is None else f"{kind.value}:{occasion}"


def due_mails(
    situation: Situation, told: Told, moment: datetime, failing_after: timedelta
) -> list[MailKind]:
    """The mails that a school must get now, in the order of the table."""
    due: list[MailKind] = []
    for kind in RULES:
        if _is_due(kind, situation, told, moment, failing_after):
            due.append(kind)
            told = told.with_mail(kind, occasion_of(kind, situation), moment)
    return due


def is_still_true(kind: MailKind, situation: Situation, written_for: str | None) -> bool:
    """Whether a mail that was written earlier, for a given occasion, may be sent."""
    rule = RULES[kind]
    if rule.on_loss and situation.loss is None:
        return False
    same = occasion_of(kind, situation) == written_for
    return same and situation.state in rule.true_in and _days_fit(rule, situation)


def ops_hear_of(state: State, lasted: timedelta) -> bool:
    """Whether today's mail to ops lists a koppeling."""
    if state not in OPS_HEAR:
        return False
    after, until = OPS_HEAR[state]
    return after <= lasted and (until is None or lasted <= until)


def _is_due(
    kind: MailKind,
    situation: Situation,
    told: Told,
    moment: datetime,
    failing_after: timedelta,
) -> bool:
    rule = RULES[kind]
    lasted = situation.lasted
    if rule.on_loss:
        if situation.loss is None:
            return False
        lasted = situation.loss.lasted
    after = failing_after if rule.after is None else rule.after
    return (
        situation.state in rule.states
        and mark(kind, occasion_of(kind, situation)) not in told.marks
        and after <= lasted
        and (rule.within is None or lasted <= rule.within)
        and _days_fit(rule, situation)
        and _is_quiet(kind, told.at or {}, moment)
    )


def _days_fit(rule: Rule, situation: Situation) -> bool:
    if rule.days_left is None:
        return True
    if situation.end_on is None:
        return False
    least, most = rule.days_left
    return least <= (situation.end_on - situation.today).days <= most


def _is_quiet(kind: MailKind, at: Mapping[str, datetime], moment: datetime) -> bool:
    rule = RULES[kind]
    last, last_of_kind = max(at.values(), default=None), at.get(kind)
    return (last is None or last + rule.quiet <= moment) and (
        last_of_kind is None or last_of_kind + rule.apart <= moment
    )

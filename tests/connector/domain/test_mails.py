import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from services.connector.domain.koppeling import Event, State
from services.connector.domain.mails import (
    ENDING,
    LONGEST_NOTICE_DAYS,
    RULES,
    WATCHED,
    Loss,
    MailKind,
    Situation,
    Told,
    due_mails,
    is_still_true,
    occasion_of,
    ops_hear_of,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = date(2026, 11, 25)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LASTED = (timedelta(0), HOUR, DAY, 8 * DAY)
# Written out a second time, by hand: what a school that knows nothing is told in each state,
# when that lasted nothing, an hour, a day and eight days.
TOLD: dict[State, tuple[str | None, ...]] = {
    State.REQUESTED: (None,) * 4,
    State.WAITING: ("waiting",) * 4,
    State.SCHEDULED: (None,) * 4,
    State.ACTIVE: ("active",) * 4,
    State.DEGRADED: (None, None, "failing", "failing"),
    State.PAUSED: (None,) * 4,
    State.EXPIRED: ("expired", "expired", "expired", None),
    State.REVOKED: (None, "revoked", "revoked", None),
    State.ENDED: (None,) * 4,
}
STILL_TRUE = {
    State.WAITING: {"waiting"},
    State.ACTIVE: {"active", "expiring_7"},
    State.DEGRADED: {"active", "failing", "expiring_7"},
    State.EXPIRED: {"expired"},
    State.REVOKED: {"revoked"},
}


def due(
    state: State,
    lasted: timedelta = timedelta(0),
    *,
    told: Told | None = None,
    days_left: int | None = None,
    moment: datetime = NOW,
) -> list[str]:
    end_on = None if days_left is None else TODAY + days_left * DAY
    situation = Situation(state, lasted, end_on, TODAY)
    return [kind.value for kind in due_mails(situation, told or Told(), moment, DAY)]


@pytest.mark.parametrize(("state", "lasted"), list(itertools.product(State, LASTED)))
def test_in_every_state_a_school_is_told_what_the_table_says_and_once(
    state: State, lasted: timedelta
) -> None:
    wanted = TOLD[state][LASTED.index(lasted)]
    assert due(state, lasted) == ([] if wanted is None else [wanted])
    if wanted is not None:
        told = Told().with_mail(MailKind(wanted), None, NOW)
        for later in (timedelta(0), 100 * DAY):
            assert due(state, lasted, told=told, moment=NOW + later) == []


@pytest.mark.parametrize(("kind", "state"), list(itertools.product(MailKind, State)))
def test_a_late_mail_is_sent_only_while_it_is_true(kind: MailKind, state: State) -> None:
    end_on = TODAY + 7 * DAY
    situation = Situation(state, timedelta(0), end_on, TODAY)
    occasion = occasion_of(kind, situation)
    assert is_still_true(kind, situation, occasion) is (kind in STILL_TRUE.get(state, set()))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("days_left", "kind"),
    [(31, None), (30, "expiring_30"), (8, "expiring_30"), (7, "expiring_7"), (0, "expiring_7")],
)
def test_an_end_that_comes_near_is_told_where_something_ends(
    state: State, days_left: int, kind: str | None
) -> None:
    told = Told(frozenset({"active", "failing"}))
    found = [name for name in due(state, told=told, days_left=days_left) if "expiring" in name]
    assert found == ([kind] if kind and state in {State.ACTIVE, State.DEGRADED} else [])
    assert due(State.ACTIVE, told=told, days_left=-1) == []


def test_each_of_both_notices_is_sent_once_and_again_for_another_last_day() -> None:
    told = Told(frozenset({"active"}))
    sent: dict[int, list[str]] = {}
    end_on = TODAY + 40 * DAY
    for day in range(41):
        moment, today = NOW + day * DAY, TODAY + day * DAY
        situation = Situation(State.ACTIVE, day * DAY, end_on, today)
        for kind in due_mails(situation, told, moment, DAY):
            sent.setdefault(day, []).append(kind.value)
            told = told.with_mail(kind, str(end_on), moment)
    assert sent == {10: ["expiring_30"], 33: ["expiring_7"]}
    assert due(State.ACTIVE, told=told, days_left=20, moment=NOW + 90 * DAY) == ["expiring_30"]


def test_an_activation_and_a_near_end_are_not_mailed_on_one_day() -> None:
    assert due(State.ACTIVE, days_left=5) == ["active"]
    told = Told().with_mail(MailKind.ACTIVE, None, NOW)
    assert due(State.ACTIVE, told=told, days_left=5, moment=NOW + DAY - HOUR) == []
    assert due(State.ACTIVE, told=told, days_left=5, moment=NOW + DAY) == ["expiring_7"]


def test_a_notice_for_another_last_day_than_the_present_one_is_overtaken() -> None:
    situation = Situation(State.ACTIVE, DAY, TODAY + 6 * DAY, TODAY)
    assert is_still_true(MailKind.EXPIRING_7, situation, str(TODAY + 6 * DAY))
    assert not is_still_true(MailKind.EXPIRING_7, situation, str(TODAY + 5 * DAY))


def test_a_school_that_clicks_to_and_fro_gets_two_mails_a_day_at_most() -> None:
    told, moment, sent = Told(), NOW, []
    for _ in range(4 * 24):
        for state, event, lasted in (
            (State.ACTIVE, Event.CONFIRMED, timedelta(0)),
            (State.REVOKED, Event.NOT_OPENED, HOUR),
        ):
            told = told.after(state, event)
            for kind in due_mails(Situation(state, lasted, None, TODAY), told, moment, DAY):
                sent.append(kind)
                told = told.with_mail(kind, None, moment)
            moment += lasted
    assert sent == [MailKind.ACTIVE, MailKind.REVOKED] * 4 + [MailKind.ACTIVE]


def test_a_hiccup_is_not_told_and_a_school_that_keeps_failing_hears_it_once_a_week() -> None:
    told, sent = Told(frozenset({"active"})), []
    for day in range(15):
        moment = NOW + day * DAY
        if due(State.DEGRADED, DAY, told=told, moment=moment):
            sent.append(day)
            told = told.with_mail(MailKind.FAILING, None, moment)
        told = told.after(State.ACTIVE, Event.CONFIRMED)
        assert due(State.ACTIVE, told=told, moment=moment) == []
    assert sent == [0, 7, 14]


def test_what_was_overtaken_is_told_when_it_is_true_again() -> None:
    told = Told().with_mail(MailKind.REVOKED, None, NOW)
    assert due(State.REVOKED, HOUR, told=told, moment=NOW + HOUR) == []
    again = told.without_mail(MailKind.REVOKED, None)
    assert due(State.REVOKED, HOUR, told=again, moment=NOW + HOUR) == ["revoked"]


@pytest.mark.parametrize("state", State)
def test_what_ops_start_anew_begins_with_a_school_that_knows_nothing(state: State) -> None:
    told = Told(frozenset(MailKind), dict.fromkeys(MailKind, NOW))
    assert told.after(state, Event.REQUEST) == Told()


def test_time_alone_is_watched_for_where_a_rule_waits() -> None:
    assert {State.DEGRADED, State.REVOKED} == WATCHED
    assert {State.ACTIVE, State.DEGRADED} == ENDING
    assert LONGEST_NOTICE_DAYS == 30
    assert set(RULES) == set(MailKind)


@pytest.mark.parametrize(
    ("state", "heard"),
    [
        (State.DEGRADED, [False, False, True, True, True]),
        (State.REVOKED, [True, True, True, True, False]),
        (State.REQUESTED, [False, False, True, True, True]),
        (State.WAITING, [False, False, False, True, True]),
        *((state, [False] * 5) for state in (State.ACTIVE, State.SCHEDULED, State.PAUSED)),
        *((state, [False] * 5) for state in (State.EXPIRED, State.ENDED)),
    ],
)
def test_ops_hear_of_what_fails_was_revoked_or_waits_for_long(
    state: State, heard: list[bool]
) -> None:
    ages = (timedelta(0), HOUR, DAY, 8 * DAY, 30 * DAY)
    assert [ops_hear_of(state, age) for age in ages] == heard


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("lasted", "is_told"),
    [(HOUR - timedelta(seconds=1), False), (HOUR, True), (7 * DAY, True), (7 * DAY + HOUR, False)],
)
def test_a_lost_vestiging_is_told_once_it_lasts_where_something_is_fetched(
    state: State, lasted: timedelta, *, is_told: bool
) -> None:
    told = Told(frozenset({"active", "failing"}))
    lost = Situation(state, 100 * DAY, None, TODAY, Loss("zuid@2026-11-25", lasted))
    kinds = due_mails(lost, told, NOW, DAY)
    wanted = is_told and state in {State.ACTIVE, State.DEGRADED}
    assert (MailKind.NARROWED in kinds) is wanted
    if wanted:
        heard = told.with_mail(MailKind.NARROWED, "zuid@2026-11-25", NOW)
        assert MailKind.NARROWED not in due_mails(lost, heard, NOW + 3 * DAY, DAY)
        more = Situation(state, 100 * DAY, None, TODAY, Loss("noord@x,zuid@y", lasted))
        assert MailKind.NARROWED not in due_mails(more, heard, NOW + HOUR, DAY)
        assert MailKind.NARROWED in due_mails(more, heard, NOW + DAY, DAY)
        assert is_still_true(MailKind.NARROWED, lost, "zuid@2026-11-25")
    back = Situation(state, 100 * DAY, None, TODAY)
    assert MailKind.NARROWED not in due_mails(back, told, NOW, DAY)
    assert not is_still_true(MailKind.NARROWED, back, "zuid@2026-11-25")

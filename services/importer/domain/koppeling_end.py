"""What the end of a school's koppeling asks of the school: what should happen with its people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.importer.domain.change import Change, ChangeKind, Reason
from services.importer.domain.labels import label_of
from services.importer.domain.proposals import Subject, archive
from services.importer.domain.roster import Roster
from services.importer.domain.run import LIVE, RunState
from shared.clock import AMSTERDAM

_ACTIVE = "active"


class Ending(StrEnum):
    """The states of a koppeling that is over: by ops, by its end date, by the school."""

    ENDED = "ended"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class KoppelingMoved:
    """A koppeling came into another state; `position` orders what happened to it."""

    school_id: UUID
    product: str
    to: str
    at: datetime
    position: int

    @property
    def is_over(self) -> bool:
        """Whether nothing may be fetched, stored or shown by it any more."""
        return self.to in set(Ending)


@dataclass(frozen=True)
class OpenQuestion:
    """What should happen with the people, now that the koppeling is over?

    To be answered on a day in the Netherlands at the latest; nothing happens by itself.
    """

    why: Ending
    ended_at: datetime
    answer_by: date


def question_after(
    question: OpenQuestion | None, moved: KoppelingMoved, answer_days: int
) -> OpenQuestion | None:
    """The question after a koppeling moved: one that is open keeps its day until it is active."""
    if moved.to == _ACTIVE:
        return None
    if not moved.is_over:
        return question
    why = Ending(moved.to)
    if question is not None:
        return OpenQuestion(why, question.ended_at, question.answer_by)
    day = moved.at.astimezone(AMSTERDAM).date()
    return OpenQuestion(why, moved.at, day + timedelta(days=answer_days))


class Answer(StrEnum):
    """What a school may answer: keep everybody as its own, archive, or say it later."""

    KEEP = "keep"
    ARCHIVE = "archive"
    WAIT = "wait"


class Standing(StrEnum):
    """How the question stands."""

    NONE = "none"
    OPEN = "open"
    IN_PLAN = "in_plan"
    SETTLED = "settled"


class Reminder(StrEnum):
    """A mail about the question: some days before it is to be answered, and on the day."""

    BEFORE = "before"
    ON_THE_DAY = "on_the_day"


DAYS_BEFORE = 7


def standing_of(
    question: OpenQuestion | None, answer: Answer | None, plan: RunState | None
) -> Standing:
    """How it stands.

    A plan of archiving that was not applied, or was taken back, leaves the question open: `plan` is
    None then.
    """
    if question is None:
        return Standing.NONE
    if answer is Answer.KEEP or (answer is Answer.ARCHIVE and plan is RunState.APPLIED):
        return Standing.SETTLED
    return Standing.IN_PLAN if answer is Answer.ARCHIVE and plan in LIVE else Standing.OPEN


@dataclass(frozen=True)
class AskedSchool:
    """A school's question, as it stands and as it was answered last.

    `is_undone` when the archiving that was the answer was taken back.
    """

    school_id: UUID
    question: OpenQuestion | None
    revision: int
    answer: Answer | None
    roles: list[str] | None
    reason: str | None
    answered_by: str | None
    answered_at: datetime | None
    run_id: UUID | None
    run_state: RunState | None
    reminded: list[str]
    is_undone: bool = False

    @property
    def standing(self) -> Standing:
        """How it stands."""
        plan = None if self.is_undone else self.run_state
        return standing_of(self.question, self.answer, plan)


def latest_day(question: OpenQuestion, most_days: int) -> date:
    """The last day to which an answer may be put off, counted from the koppeling's end."""
    ended_on = question.ended_at.astimezone(AMSTERDAM).date()
    return max(question.answer_by, ended_on + timedelta(days=most_days))


def due_reminder(
    question: OpenQuestion, standing: Standing, reminded: Collection[str], day: date
) -> Reminder | None:
    """The mail that is due on a day, if any: each once for one day to answer by."""
    days_left = (question.answer_by - day).days
    if standing is not Standing.OPEN or days_left > DAYS_BEFORE:
        return None
    due = Reminder.BEFORE if days_left > 0 else Reminder.ON_THE_DAY
    return None if due in reminded else due


def to_archive(roster: Roster, roles: Collection[str]) -> list[Change]:
    """Archive who came from Somtoday and is still active, of these roles."""
    return [
        archive(
            Subject(ChangeKind.PERSON, person.id, person.role, label_of(person.fields))
        )._replace(reason=Reason.KOPPELING_ENDED)
        for person in roster.people.values()
        if person.active and person.source_key is not None and person.role in roles
    ]

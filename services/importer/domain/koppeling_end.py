"""What the end of a school's koppeling asks of the school: what should happen with its people."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

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

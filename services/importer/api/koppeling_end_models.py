"""What the question at a koppeling's end says and hears."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.importer.application.answer_koppeling_end import GivenAnswer
from services.importer.domain.koppeling_end import (
    Answer,
    AskedSchool,
    Ending,
    Standing,
    latest_day,
)
from shared.clock import today
from shared.one_line import OneLine

_QUESTION = (
    "De koppeling met Somtoday is voorbij. Wat moet er gebeuren met de {pupils} leerlingen en "
    "{employees} medewerkers die uit Somtoday kwamen? Zonder antwoord verandert er niets."
)
_ANSWERED = {
    Standing.NONE: "De koppeling met Somtoday is niet voorbij; er is geen vraag.",
    Standing.IN_PLAN: "Het archiveren staat klaar op het controlescherm en wacht op VERDER.",
    Standing.SETTLED: "Deze vraag is beantwoord en uitgevoerd.",
}


class ChoiceView(BaseModel):
    """One answer that can be given."""

    answer: Answer
    meaning: str = Field(description="Dutch")


_CHOICES = [
    ChoiceView(
        answer=Answer.KEEP,
        meaning="Iedereen blijft in Numo staan en hoort voortaan bij de school zelf, niet meer "
        "bij Somtoday. U houdt de gegevens bij met een CSV-bestand of met de hand.",
    ),
    ChoiceView(
        answer=Answer.ARCHIVE,
        meaning="Leerlingen, medewerkers of beiden worden gearchiveerd. U ziet eerst op het "
        "controlescherm wie dat zijn; er verandert niets voordat u op VERDER klikt.",
    ),
    ChoiceView(answer=Answer.WAIT, meaning="U antwoordt later; er verandert nu niets."),
]


class GivenView(BaseModel):
    """What was answered last."""

    answer: Answer
    reason: str
    roles: list[str] | None
    answered_by: str = Field(description="opaque id", examples=["user:anna"])
    answered_at: datetime
    import_id: UUID | None = Field(description="the plan of archiving that was asked for")


class KoppelingEndView(BaseModel):
    """The question, how it stands, and what can be answered."""

    standing: Standing
    question: str = Field(description="Dutch")
    why: Ending | None
    ended_at: datetime | None
    answer_by: date | None = Field(description="last day to answer; nothing happens by itself")
    latest_answer_by: date | None = Field(description="to which day it can be put off at most")
    pupils: int = Field(description="active, from Somtoday", examples=[1700])
    employees: int = Field(examples=[150])
    choices: list[ChoiceView]
    given: GivenView | None

    @classmethod
    def of(cls, asked: AskedSchool | None, counts: dict[str, int], most_days: int) -> Self:
        """Show it."""
        pupils, employees = counts.get("pupil", 0), counts.get("employee", 0)
        question = None if asked is None else asked.question
        standing = Standing.NONE if asked is None else asked.standing
        asks = _QUESTION.format(pupils=pupils, employees=employees)
        is_closed = standing in {Standing.NONE, Standing.SETTLED}
        return cls(
            standing=standing,
            question=_ANSWERED.get(standing, asks),
            why=question and question.why,
            ended_at=question and question.ended_at,
            answer_by=question and question.answer_by,
            latest_answer_by=question and latest_day(question, most_days),
            pupils=pupils,
            employees=employees,
            choices=[] if is_closed else _CHOICES,
            given=_given(asked),
        )


def _given(asked: AskedSchool | None) -> GivenView | None:
    if asked is None or asked.answer is None or asked.answered_at is None:
        return None
    return GivenView(
        answer=asked.answer,
        reason=asked.reason or "",
        roles=asked.roles,
        answered_by=asked.answered_by or "",
        answered_at=asked.answered_at,
        import_id=asked.run_id,
    )


class AskedSchoolView(BaseModel):
    """How the question stands at one school."""

    school_id: UUID
    why: Ending
    ended_at: datetime
    answer_by: date
    is_late: bool = Field(description="the day has passed without an answer")
    standing: Standing
    answer: Answer | None

    @classmethod
    def of(cls, asked: AskedSchool) -> Self:
        """Show it."""
        question = asked.question
        assert question is not None  # noqa: S101 - only schools that are asked are listed
        return cls(
            school_id=asked.school_id,
            why=question.why,
            ended_at=question.ended_at,
            answer_by=question.answer_by,
            is_late=asked.standing is Standing.OPEN and question.answer_by < today(),
            standing=asked.standing,
            answer=asked.answer,
        )


class AnswerRequest(BaseModel):
    """An answer: `roles` with archive only, `until` with wait only."""

    model_config = ConfigDict(extra="forbid")

    answer: Answer = Field(examples=["wait"])
    reason: OneLine = Field(min_length=3, examples=["Wij wachten op de nieuwe koppeling."])
    roles: list[Literal["pupil", "employee"]] = Field([], max_length=2)
    until: date | None = None

    @model_validator(mode="after")
    def _each_with_its_own(self) -> Self:
        if bool(self.roles) != (self.answer is Answer.ARCHIVE):
            msg = "bij archive, en alleen daar, hoort wie: roles"
            raise ValueError(msg)
        if (self.until is not None) != (self.answer is Answer.WAIT):
            msg = "bij wait, en alleen daar, hoort een dag: until"
            raise ValueError(msg)
        return self

    def given(self) -> GivenAnswer:
        """For the application."""
        roles = tuple(sorted(set(self.roles)))
        return GivenAnswer(self.answer, self.reason, roles, self.until)

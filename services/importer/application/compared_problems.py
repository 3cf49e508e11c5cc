"""What only the comparison finds wrong with a source, beside what could not be read of it.

A plan that is made anew finds it anew: what it found before gives way.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.problem_log import MOST_SHOWN, shown_on_run
from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.coverage import CSV_SOURCE, LIST_COUNTED
from services.importer.domain.report import in_dutch, why_in_dutch
from services.importer.domain.roster import Document
from services.importer.domain.run import Run
from services.importer.store.problems import SourceProblem, add_problems, remove_compared

CONFLICT = "conflict"
ROWS_REPEATED = "rows_repeated"
MEMBERSHIP_INCOMPLETE = "membership_incomplete"
ABSENCE_NOT_PROVEN = "absence_not_proven"
_CODES = frozenset({CONFLICT, ROWS_REPEATED, MEMBERSHIP_INCOMPLETE, ABSENCE_NOT_PROVEN})
# After all that was noted while staging; a cursor holds nine digits.
_FROM = 500_000_000


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def rows_repeated(kind: str, times: int) -> SourceProblem:
    """A kind of record that came more than once."""
    return SourceProblem(
        ROWS_REPEATED,
        f"De bron leverde {_counted(times, 'rij', 'rijen')} dubbel, dus kan er ook iemand "
        "ontbreken: "
        "archiveren wordt hier niet aangeboden.",
        kind,
    )


def memberships_incomplete(count: int) -> SourceProblem:
    """Memberships of whom or what the source does not hold."""
    named = _counted(count, "plaatsing noemt", "plaatsingen noemen")
    detail = f"{named} een persoon of groep die de bron niet levert."
    return SourceProblem(MEMBERSHIP_INCOMPLETE, detail, "groepen")


def absence_not_proven(document: Document, changes: Iterable[Change]) -> list[SourceProblem]:
    """What a file that does not say how long it is leaves to a human: is it the whole list?"""
    if document.header.source != CSV_SOURCE:
        return []
    if any(one.code == LIST_COUNTED for one in document.problems):
        return []
    gone = sum(one.action is Action.ARCHIVE and one.kind is ChangeKind.PERSON for one in changes)
    detail = (
        f"{_counted(gone, 'leerling staat', 'leerlingen staan')} niet in dit bestand, en het zegt "
        "zelf niet hoeveel het er heeft. Ga na of het de hele lijst is, voordat u archiveren kiest."
    )
    return [SourceProblem(ABSENCE_NOT_PROVEN, detail, "bestand")] if gone else []


def questions_in(changes: Iterable[Change]) -> list[SourceProblem]:
    """Each conflict, so that the list to download has all that a human must look at."""
    return [
        SourceProblem(
            CONFLICT,
            f"Vraag: {why_in_dutch(one.kind, one.reason)}.",
            in_dutch(one.role) or "",
            value=one.label,
            person_ids=() if one.kind is ChangeKind.GROUP else one.candidate_ids,
        )
        for one in changes
        if one.action is Action.CONFLICT
    ]


async def note_compared(
    connection: AsyncConnection, run: Run, found: list[SourceProblem], kept_until: datetime
) -> dict[str, Any]:
    """Store what the comparison found; returns the columns of the run that tell of it."""
    before = await remove_compared(connection, run.id, _FROM)
    await add_problems(connection, run.id, run.school_id, _FROM, found)
    staged = [one for one in run.problems if one["code"] not in _CODES]
    told = {
        "problems": [*staged, *map(shown_on_run, found)][:MOST_SHOWN],
        "problem_count": run.problem_count - before + len(found),
    }
    return {**told, "problems_until": kept_until} if found else told

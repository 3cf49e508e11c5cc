"""What of a source could not be read, noted while it is staged; memory stays bounded."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.store.problems import SourceProblem, add_problems

MOST_SHOWN = 1000


def shown_on_run(problem: SourceProblem) -> dict[str, Any]:
    """A problem without its value: a run holds no personal data."""
    return {"code": problem.code, "detail": problem.detail, "place": problem.place}


class ProblemLog:
    """The problems of one run: all of them in the database, the first thousand on the run."""

    def __init__(self, run_id: UUID, school_id: UUID) -> None:
        """Begin with none."""
        self._run_id = run_id
        self._school_id = school_id
        self._pending: list[SourceProblem] = []
        self._written = 0
        self._shown: list[dict[str, Any]] = []

    def note(self, problem: SourceProblem) -> None:
        """Note a problem; `write` stores it."""
        self._pending.append(problem)
        if len(self._shown) < MOST_SHOWN:
            self._shown.append(shown_on_run(problem))

    async def write(self, connection: AsyncConnection) -> None:
        """Store what was noted since the last time."""
        pending, self._pending = self._pending, []
        if pending:
            first = self._written
            await add_problems(connection, self._run_id, self._school_id, first, pending)
            self._written += len(pending)

    def values(self, kept_until: datetime) -> dict[str, Any]:
        """Columns of the run that tell of them."""
        return {
            "problems": self._shown,
            "problem_count": self._written,
            "problems_until": kept_until if self._written else None,
        }

"""Starts of one school go through together, so that a whole school can press start at once.

Every use of a license waits for its pool's row until the one before is on disk. Alone, the starts
of a school would queue there, one disk write each. So while one statement of a school is under
way, its next starts gather here, and go through in the statement after it: as a database lets
commits share a write. Nobody waits for company: a start that finds nothing under way goes at once.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from services.licensing.application.start_use import Caller, start_uses
from services.licensing.domain.start import KeyedStart, UseRecord
from shared.database import Database
from shared.errors.refusal import Refusal

# Enough to share one disk write; few enough to hold the pool's row for milliseconds only.
_MOST_TOGETHER = 64


@dataclass(frozen=True, eq=False)
class _Waiting:
    start: KeyedStart
    answer: asyncio.Future[UseRecord]


class Turnstile:
    """Where the starts of this process gather, by school."""

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database
        self._waiting: dict[Caller, list[_Waiting]] = defaultdict(list)
        self._runs: dict[Caller, asyncio.Task[None]] = {}

    async def start(self, caller: Caller, start: KeyedStart) -> UseRecord:
        """The first answer to this start, now or whenever it was first asked.

        Raises:
            Refusal: unavailable, as start_uses has it.

        """
        mine = _Waiting(start, asyncio.get_running_loop().create_future())
        self._waiting[caller].append(mine)
        if caller not in self._runs:
            # A task of its own: whoever asked may go away, the others stay.
            self._runs[caller] = asyncio.create_task(self._run(caller))
        return await mine.answer

    async def close(self) -> None:
        """Let what is under way come to its end."""
        while self._runs:
            await asyncio.gather(*self._runs.values(), return_exceptions=True)

    async def _run(self, caller: Caller) -> None:
        try:
            while waiting := self._waiting[caller]:
                together, self._waiting[caller] = (
                    waiting[:_MOST_TOGETHER],
                    waiting[_MOST_TOGETHER:],
                )
                await self._pass(caller, together)
        finally:
            del self._waiting[caller], self._runs[caller]

    async def _pass(self, caller: Caller, together: list[_Waiting]) -> None:
        try:
            starts = [one.start for one in together]
            records = await start_uses(self._database, caller, starts)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the askers' to see
            if len(together) > 1 and not isinstance(error, Refusal):
                # One of them may be to blame; the others must not bear it.
                for one in together:
                    await self._pass(caller, [one])
                return
            for one in together:
                _tell(one, error)
            return
        for one, record in zip(together, records, strict=True):
            if not one.answer.done():
                one.answer.set_result(record)


def _tell(one: _Waiting, error: Exception) -> None:
    if not one.answer.done():
        one.answer.set_exception(error)

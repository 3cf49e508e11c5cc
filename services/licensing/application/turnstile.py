"""Starts go through together, so that a whole country can press start at once.

Every commit waits for the disk, and every use of a license for its pool's row. Alone, starts would
queue there one by one. So while statements are under way the next starts gather here, of all
schools, and go through in one statement after them: as a database lets commits share a write.
Nobody waits for company: a start that finds room goes at once.

One school's trouble is its own. Of a school one lot is under way at a time; the next one goes to
the end of the line. A statement of many schools waits for no pool: where somebody else draws on
one (a grant, a merge, another process), that school's starts wait for it by themselves. So does
each when a statement fails, until who is to blame is alone.
"""

import asyncio
from collections.abc import Coroutine
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.licensing.application.start_use import start_uses
from services.licensing.domain.start import KeyedStart, UseOutcome, UseRecord
from shared.database import Database
from shared.errors.refusal import Refusal

# While one is written to disk the database can think of another.
_MOST_STATEMENTS = 2
# Enough to share one disk write; few enough to hold the pools' rows for milliseconds only.
_MOST_TOGETHER = 128
_MOST_OF_A_SCHOOL = 64
# Fewer than there are connections, so that who need not wait finds one.
_MOST_LONE = 4


@dataclass(frozen=True, eq=False)
class _Waiting:
    start: KeyedStart
    answer: asyncio.Future[UseRecord]


class Turnstile:
    """Where the starts of this process gather, by school in the order in which they came."""

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database
        self._waiting: dict[UUID, list[_Waiting]] = {}
        self._under_way: set[UUID] = set()
        self._statements = 0
        self._lone = asyncio.Semaphore(_MOST_LONE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, start: KeyedStart) -> UseRecord:
        """The first answer to this start, now or whenever it was first asked.

        Raises:
            Refusal: unavailable, as start_uses has it.

        """
        loop = asyncio.get_running_loop()
        mine = _Waiting(start, loop.create_future())
        self._waiting.setdefault(start.caller.school_id, []).append(mine)
        # Not at once: what came in at this very moment goes together.
        loop.call_soon(self._let_through)
        return await mine.answer

    async def close(self) -> None:
        """Let what is under way come to its end."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _let_through(self) -> None:
        while self._statements < _MOST_STATEMENTS and (lots := self._next_lots()):
            self._statements += 1
            self._run(self._pass(lots))

    def _next_lots(self) -> dict[UUID, list[_Waiting]]:
        lots: dict[UUID, list[_Waiting]] = {}
        room = _MOST_TOGETHER
        for school in [one for one in self._waiting if one not in self._under_way]:
            if room == 0:
                break
            waiting, most = self._waiting.pop(school), min(room, _MOST_OF_A_SCHOOL)
            lots[school] = waiting[:most]
            room -= len(lots[school])
            if waiting[most:]:
                # At the end: the other schools come first.
                self._waiting[school] = waiting[most:]
        self._under_way |= lots.keys()
        return lots

    def _run(self, doing: Coroutine[Any, Any, None]) -> None:
        # A task of its own: whoever asked may go away, the others stay.
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass(self, lots: dict[UUID, list[_Waiting]]) -> None:
        left = lots
        try:
            left = await self._answer_at_once(lots)
        finally:
            self._statements -= 1
            for school, lot in left.items():
                self._run(self._pass_alone(school, lot))
            self._end_turn(lots.keys() - left.keys())

    async def _answer_at_once(self, lots: dict[UUID, list[_Waiting]]) -> dict[UUID, list[_Waiting]]:
        """Answer all that need not wait for a pool; returns the others."""
        everyone = [(school, one) for school, lot in lots.items() for one in lot]
        starts = [one.start for _, one in everyone]
        try:
            records = await start_uses(self._database, starts, waits=False)
        except Refusal as error:
            for _, one in everyone:
                _tell(one, error)
            return {}
        except Exception:  # noqa: BLE001 - whatever it is, it will show itself to whom it concerns
            return lots
        left: dict[UUID, list[_Waiting]] = {}
        for (school, one), record in zip(everyone, records, strict=True):
            if record.outcome is UseOutcome.POOL_BUSY:
                left.setdefault(school, []).append(one)
            else:
                _tell(one, record)
        return left

    async def _pass_alone(self, school: UUID, lot: list[_Waiting]) -> None:
        try:
            async with self._lone:
                await self._answer_in_turn(lot)
        finally:
            self._end_turn({school})

    async def _answer_in_turn(self, lot: list[_Waiting]) -> None:
        try:
            records = await start_uses(self._database, [one.start for one in lot])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the askers' to see
            if len(lot) > 1 and not isinstance(error, Refusal):
                # One of them may be to blame; the others must not bear it.
                for one in lot:
                    await self._answer_in_turn([one])
                return
            for one in lot:
                _tell(one, error)
            return
        for one, record in zip(lot, records, strict=True):
            _tell(one, record)

    def _end_turn(self, schools: AbstractSet[UUID]) -> None:
        self._under_way -= schools
        self._let_through()


def _tell(one: _Waiting, answer: UseRecord | Exception) -> None:
    if one.answer.done():
        # Whoever asked went away.
        return
    if isinstance(answer, Exception):
        one.answer.set_exception(answer)
    else:
        one.answer.set_result(answer)

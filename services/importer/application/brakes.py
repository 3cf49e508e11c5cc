"""Brakes of a plan: which hold what is chosen, who confirmed them, and a school's thresholds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.application.read_imports import not_waiting
from services.importer.application.replan import GUARD_RAILS, queue_again, void_standing
from services.importer.application.start_import import ImportOrder, once
from services.importer.domain.brake import Brake
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.guard_rails import GuardRails
from services.importer.domain.run import Run, RunState
from services.importer.store.change_counts import count_braked, count_rows
from services.importer.store.guard_rails import (
    add_confirmations,
    read_confirmations,
    read_guard_rails,
    set_guard_rails,
)
from services.importer.store.runs import change_run, find_run
from shared.clock import now
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.queue import JobQueue


@dataclass(frozen=True)
class BrakeNow:
    """A brake as it stands: how many of its rows are chosen, and who confirmed it."""

    brake: Brake
    chosen: int
    confirmation: dict[str, Any] | None

    @property
    def holds(self) -> bool:
        """Whether what is chosen cannot be applied because of it."""
        return self.confirmation is None and self.brake.holds(self.chosen)


@dataclass(frozen=True)
class Confirmation:
    """Which brakes of the plan with this digest somebody lets pass, and why."""

    digest: str
    brakes: tuple[str, ...]
    reason: str
    name: str


async def brakes_now(
    connection: AsyncConnection, run: Run, person_id: UUID | None
) -> list[BrakeNow]:
    """The brakes of a plan, counted over what is chosen; `person_id` is who looks, if known.

    Where a choice makes more of one than the plan as a whole had, that many are told: who let fewer
    pass did not let these pass.
    """
    brakes = [*run.brakes, *run.dormant_brakes]
    if person_id is not None:
        own = Brake.of_administrator(person_id)
        if await count_rows(connection, run.id, ChangeFilter(brake=own)):
            brakes.append(own)
    given = await read_confirmations(connection, run.id, run.digest)
    found = []
    chosen_of = await count_braked(connection, run.id, brakes)
    for brake, chosen in zip(brakes, chosen_of, strict=True):
        if not brake.dormant or brake.holds(chosen):
            told = brake.when_chosen(chosen)
            passed = (one for key, one in given.items() if told.is_let_pass_by(key))
            found.append(BrakeNow(told, chosen, next(passed, None)))
    return found


async def read_brakes(
    database: Database, school_id: UUID, run_id: UUID, person_id: UUID | None
) -> list[BrakeNow]:
    """The brakes of an import's plan; not_found when it is another school's."""
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        return await brakes_now(connection, run, person_id)


async def held_now(
    connection: AsyncConnection, run: Run, person_id: UUID | None = None
) -> list[Brake]:
    """The brakes that hold what is chosen, and that nobody confirmed."""
    return [one.brake for one in await brakes_now(connection, run, person_id) if one.holds]


async def refuse_held(connection: AsyncConnection, run: Run, person_id: UUID | None) -> None:
    """Refuse with brake_not_confirmed while a brake holds what is chosen."""
    held = await held_now(connection, run, person_id)
    if held:
        told = [{"key": brake.key, "detail": brake.sentence} for brake in held]
        raise Refusal(ErrorCode.BRAKE_NOT_CONFIRMED, extra={"brakes": told})


async def confirm_brakes(
    database: Database,
    order: ImportOrder,
    run_id: UUID,
    person_id: UUID | None,
    given: Confirmation,
) -> list[BrakeNow]:
    """Let brakes of this one plan pass; a repeat changes nothing.

    Raises:
        Refusal: not_found, import_not_ready, plan_differs, invalid_request (no such brake),
            idempotency_key_reused.

    """
    async with database.transaction(order.school_id) as connection:
        run = await find_run(connection, run_id, lock=True)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)

        async def confirm() -> dict[str, Any]:
            if run.state is not RunState.PLANNED:
                raise not_waiting(run)
            if run.digest != given.digest:
                raise Refusal(ErrorCode.PLAN_DIFFERS)
            _refuse_unknown(given.brakes, await brakes_now(connection, run, person_id))
            facts = {
                "school_id": order.school_id,
                "run_id": run_id,
                "digest": given.digest,
                "reason": given.reason,
                "name": given.name,
                "confirmed_by": order.caller,
            }
            await add_confirmations(connection, given.brakes, facts)
            await change_run(connection, run_id, {"touched_at": now()})
            return {"confirmed": list(given.brakes)}

        await once(connection, order, {"confirm": run_id, **asdict(given)}, confirm)
        return await brakes_now(connection, run, person_id)


def _refuse_unknown(keys: Sequence[str], brakes: list[BrakeNow]) -> None:
    known = {one.brake.key for one in brakes}
    wrong = tuple(
        FieldError(f"brakes.{at}", "dit overzicht heeft deze rem niet")
        for at, key in enumerate(keys)
        if key not in known
    )
    if wrong:
        raise Refusal(ErrorCode.INVALID_REQUEST, errors=wrong)


async def school_guard_rails(database: Database, school_id: UUID) -> GuardRails:
    """The thresholds that a school set itself."""
    async with database.transaction(school_id) as connection:
        return await read_guard_rails(connection, school_id)


async def put_guard_rails(
    database: Database,
    queue: JobQueue,
    lease_seconds: float,
    *,
    school_id: UUID,
    rails: GuardRails,
    caller: str,
) -> None:
    """Set a school's thresholds; a plan that waits is sent back, to be held by these.

    Raises:
        Refusal: not_found, when there is no such school.

    """
    async with database.transaction(school_id) as connection:
        voided = None
        if await read_guard_rails(connection, school_id) != rails:
            voided = await void_standing(connection, school_id, GUARD_RAILS, lease_seconds)
            await set_guard_rails(connection, school_id, rails, caller)
    if voided is not None:
        await queue_again(queue, voided)

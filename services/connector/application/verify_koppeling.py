"""Look at Somtoday and bring a koppeling to the state that it shows.

Can be killed at any line: the look changes nothing, what it found is written in one
transaction, and the sweep asks again when the lease of a look that never ended is over. A look
that was overtaken (by another one, or by ops) writes nothing.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.credentials import access_to
from services.connector.application.move_koppeling import move_koppeling
from services.connector.domain.datavelden import Dataveld
from services.connector.domain.koppeling import SETTLED, TRANSITIONS, VERIFIED, Event, State
from services.connector.domain.verdict import Problem, Verdict, judge, out_of_period
from services.connector.settings import ConnectorSettings
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import SomtodayError
from services.connector.somtoday.observe import find_organisation, observe
from services.connector.store.koppelingen import (
    StoredKoppeling,
    claim_verification,
    find_koppeling,
    lock_koppeling,
)
from services.connector.store.observed import (
    candidates_column,
    note_datavelden,
    note_observation,
)
from services.connector.store.products import StoredProduct, find_product
from services.connector.store.vestigingen import note_vestigingen
from shared.clock import now, today
from shared.crypto import SecretBox
from shared.database import Database
from shared.ids import new_id
from shared.queue import JobQueue

ACTOR = "connector"
_SPREAD = 1000
# A look must be over, and written, before its lease is.
_SHARE_OF_LEASE = 0.8


@dataclass(frozen=True)
class Verifier:
    """What a verification needs."""

    database: Database
    queue: JobQueue
    somtoday: SomtodayClient
    box: SecretBox
    settings: ConnectorSettings


async def verify_koppeling(verifier: Verifier, koppeling_id: UUID) -> None:
    """Verify a koppeling whose verification is due; does nothing when another did it already."""
    claimed = await _claimed(verifier, koppeling_id)
    if claimed is None:
        return
    verdict = await _look(verifier, *claimed)
    await _write(verifier, claimed[0], verdict)
    await verifier.queue.enqueue("drain_outbox", attempt=f"drain:{new_id()}")


async def _claimed(
    verifier: Verifier, koppeling_id: UUID
) -> tuple[StoredKoppeling, StoredProduct] | None:
    lease = timedelta(seconds=verifier.settings.verify_lease_seconds)
    async with verifier.database.transaction() as connection:
        if not await claim_verification(connection, koppeling_id, now(), lease):
            return None
        koppeling = await find_koppeling(connection, koppeling_id)
        product = koppeling and await find_product(connection, koppeling.product)
    return None if not koppeling or not product else (koppeling, product)


async def _look(verifier: Verifier, koppeling: StoredKoppeling, product: StoredProduct) -> Verdict:
    outside = out_of_period(koppeling.period.position(today()))
    if outside is not None:
        return outside
    try:
        async with asyncio.timeout(verifier.settings.verify_lease_seconds * _SHARE_OF_LEASE):
            return await _ask_somtoday(verifier, koppeling, product)
    except SomtodayError as error:
        return Verdict(Event.FAILED, error.problem)
    except TimeoutError:
        return Verdict(Event.FAILED, Problem.SOURCE_UNAVAILABLE)


async def _ask_somtoday(
    verifier: Verifier, koppeling: StoredKoppeling, product: StoredProduct
) -> Verdict:
    organisation = koppeling.organisation_id
    if organisation is None or koppeling.chosen_organisation_id is not None:
        # What ops chose holds for as long as Somtoday lists it, so it is looked up each time.
        lookup = await find_organisation(
            verifier.somtoday,
            koppeling.brin,
            koppeling.school_name,
            koppeling.chosen_organisation_id,
        )
        if isinstance(lookup.organisation, Problem):
            return Verdict(Event.INSUFFICIENT, lookup.organisation, candidates=lookup.candidates)
        organisation = lookup.organisation
    access = access_to(product, organisation, verifier.box)
    seen = await observe(verifier.somtoday, access)
    inside = [s for s in seen.vestigingen if koppeling.doelgroep.admits_vestiging(s.codes)]
    required = [Dataveld(name) for name in product.required_datavelden]
    verdict = judge(organisation, seen.vestigingen, inside, required)
    return replace(verdict, refused=seen.refused)


async def _write(verifier: Verifier, claimed: StoredKoppeling, verdict: Verdict) -> None:
    moment, koppeling_id = now(), claimed.id
    async with verifier.database.transaction() as connection:
        koppeling = await lock_koppeling(connection, koppeling_id)
        if koppeling is None or koppeling.verify_due_at != claimed.verify_due_at:
            # Changed by ops, or looked at by another, while we looked: what we saw is old.
            return
        after = TRANSITIONS[koppeling.state][verdict.event]
        columns: dict[str, Any] = {
            "last_problem": verdict.problem_after(koppeling.last_problem),
            "verify_due_at": _next_look(verifier.settings, koppeling_id, after, moment),
        }
        if verdict.is_conclusive:
            columns["last_verified_at"] = moment
        if verdict.organisation_id is not None:
            columns["organisation_id"] = verdict.organisation_id
        reason = verdict.reason or verdict.problem
        await move_koppeling(
            connection, koppeling, verdict.event, actor=ACTOR, reason=reason, columns=columns
        )
        await _note(connection, koppeling_id, verdict, moment)


async def _note(
    connection: AsyncConnection, koppeling_id: UUID, verdict: Verdict, moment: datetime
) -> None:
    await note_vestigingen(connection, koppeling_id, verdict.vestigingen, moment)
    await note_datavelden(connection, koppeling_id, verdict.vestigingen, moment)
    whole: dict[str, Any] = {"last_refused_at": moment} if verdict.refused else {}
    if verdict.is_conclusive:
        whole["candidates"] = candidates_column(verdict.candidates)
    if whole:
        await note_observation(connection, koppeling_id, whole)


def _next_look(
    settings: ConnectorSettings, koppeling_id: UUID, state: State, moment: datetime
) -> datetime | None:
    if state not in VERIFIED:
        return None
    seconds = (
        settings.verify_active_seconds if state in SETTLED else settings.verify_waiting_seconds
    )
    # Up to a tenth later, by the id's random part: never all schools in one second.
    spread = 1 + koppeling_id.int % _SPREAD / _SPREAD / 10
    return moment + timedelta(seconds=seconds * spread)

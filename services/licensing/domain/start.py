"""The start of an activity: what counts as the same start, and in which schooljaar it falls."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.clock import Schooljaar

# A pupil's clock may be ahead; a start of tomorrow is a mistake, and could be next schooljaar's.
_MOST_AHEAD = timedelta(minutes=10)
# A frontend that was offline sends within this; older starts would draw on a schooljaar's pool at
# will, because the time is the caller's own word.
_MOST_LATE = timedelta(days=31)


class ActivityKind(StrEnum):
    """What a pupil starts."""

    SPRONGTOETS = "sprongtoets"
    OEFENING = "oefening"


@dataclass(frozen=True)
class Start:
    """A pupil starts an activity under a license; `started_at` carries its zone.

    Either `license_product` names what must cover it, or `product` asks for any license product
    of that Kurve product. It must cover the `leergebied`, when one is given.
    """

    person_id: UUID
    license_product: str | None
    activity_kind: ActivityKind
    activity_id: str
    started_at: datetime
    product: str | None = None
    leergebied: str | None = None

    @property
    def schooljaar(self) -> Schooljaar:
        """The schooljaar that the license is for, by the clock in the Netherlands."""
        return Schooljaar.of(self.started_at)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 over what was asked: equal for a repeat, whatever zone it writes its time in."""
        said: list[str | None] = [
            str(self.person_id),
            self.license_product,
            self.activity_kind,
            self.activity_id,
            self.started_at.astimezone(UTC).isoformat(),
        ]
        # Only when given: what was recorded before there was more to ask is still a repeat.
        if self.product is not None or self.leergebied is not None:
            said += [self.product, self.leergebied]
        return hashlib.sha256(json.dumps(said).encode()).digest()

    def key(self, given: str | None) -> str:
        """The idempotency key: the caller's, or one that every repeat of this start derives."""
        return given if given is not None else f"derived:{self.fingerprint.hex()}"

    def is_plausible(self, moment: datetime) -> bool:
        """Whether it began in the 31 days before `moment`, or by a clock ten minutes ahead."""
        return moment - _MOST_LATE <= self.started_at <= moment + _MOST_AHEAD


@dataclass(frozen=True)
class Caller:
    """For which school is started, and which Kurve product's licenses; null for any."""

    school_id: UUID
    only_product: str | None = None


@dataclass(frozen=True)
class KeyedStart:
    """A start, who asks for it, and the idempotency key that it is recorded under."""

    start: Start
    key: str
    caller: Caller

    @property
    def scope(self) -> tuple[UUID, str]:
        """Where there can be one answer: a key means something for its pupil only."""
        return (self.start.person_id, self.key)


def rounds(starts: Sequence[KeyedStart]) -> list[list[int]]:
    """Which starts may be recorded together: places, in order, no two of one key in a round.

    Equal starts are one: only the first of them has a place.
    """
    if len({start.scope for start in starts}) == len(starts):
        return [list(range(len(starts)))] if starts else []
    made: list[list[int]] = []
    times: dict[tuple[UUID, str], int] = {}
    seen: set[KeyedStart] = set()
    for place, start in enumerate(starts):
        if start in seen:
            continue
        seen.add(start)
        turn = times.get(start.scope, 0)
        times[start.scope] = turn + 1
        if turn == len(made):
            made.append([])
        made[turn].append(place)
    return made


class UseOutcome(StrEnum):
    """What became of a start; only `recorded` left a trace, now or the first time.

    `pool_busy` is no answer: somebody else holds the pool's row, and the start has to wait for it.
    """

    RECORDED = "recorded"
    KEY_REUSED = "key_reused"
    LICENSE_PRODUCT_UNKNOWN = "license_product_unknown"
    PERSON_UNKNOWN = "person_unknown"
    NONE_LEFT = "none_left"
    IMPLAUSIBLE = "implausible"
    POOL_BUSY = "pool_busy"


@dataclass(frozen=True)
class UseRecord:
    """The answer that was recorded for a start; all but the outcome is null when none was.

    `licenses_left` is below zero when the pool was in overdraft.
    """

    outcome: UseOutcome
    use_id: UUID | None
    license_id: UUID | None
    license_product: str | None
    license_used_now: bool | None
    licenses_left: int | None

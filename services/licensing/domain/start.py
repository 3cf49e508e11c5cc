"""The start of an activity: what counts as the same start, and in which schooljaar it falls."""

import hashlib
import json
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
    """A pupil starts an activity under a license; `started_at` carries its zone."""

    person_id: UUID
    license_product: str
    activity_kind: ActivityKind
    activity_id: str
    started_at: datetime

    @property
    def schooljaar(self) -> Schooljaar:
        """The schooljaar that the license is for, by the clock in the Netherlands."""
        return Schooljaar.of(self.started_at)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 over what was asked: equal for a repeat, whatever zone it writes its time in."""
        said = [
            str(self.person_id),
            self.license_product,
            self.activity_kind,
            self.activity_id,
            self.started_at.astimezone(UTC).isoformat(),
        ]
        return hashlib.sha256(json.dumps(said).encode()).digest()

    def key(self, given: str | None) -> str:
        """The idempotency key: the caller's, or one that every repeat of this start derives."""
        return given if given is not None else f"derived:{self.fingerprint.hex()}"

    def is_plausible(self, moment: datetime) -> bool:
        """Whether it began in the 31 days before `moment`, or by a clock ten minutes ahead."""
        return moment - _MOST_LATE <= self.started_at <= moment + _MOST_AHEAD


class UseOutcome(StrEnum):
    """What became of a start; only `recorded` left a trace, now or the first time."""

    RECORDED = "recorded"
    KEY_REUSED = "key_reused"
    PERSON_UNKNOWN = "person_unknown"
    NONE_LEFT = "none_left"
    IMPLAUSIBLE = "implausible"


@dataclass(frozen=True)
class UseRecord:
    """The answer that was recorded for a start; all but the outcome is null when none was."""

    outcome: UseOutcome
    use_id: UUID | None
    license_id: UUID | None
    license_used_now: bool | None
    licenses_left: int | None

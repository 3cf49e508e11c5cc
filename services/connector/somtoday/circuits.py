"""Circuits: who keeps failing is left alone for a while, one organisation or Somtoday as a whole.

They are kept per process. What they hold is this process's own recent experience: it needs no
round trip before a call, outlives Redis, and one machine's broken network shuts out no other. The
price is a few failing calls per process before each has learnt it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from weakref import WeakSet

from prometheus_client import Counter, Gauge

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.errors import (
    LeftAloneError,
    SourceUnavailableError,
    TooBusyError,
)

OPENED = Counter("somtoday_circuits_opened", "Times that calls were stopped", ["scope"])
REFUSED = Counter("somtoday_calls_refused", "Calls that an open circuit stopped", ["scope"])
OPEN = Gauge("somtoday_circuits_open", "Circuits that stop calls at this moment", ["scope"])
_SOMTODAY, _ORGANISATION = "somtoday", "organisation"


@dataclass(eq=False)
class _Circuit:
    scope: str
    failures: set[object] = field(default_factory=set)
    refuses_until: float | None = None
    openings: int = 0

    @property
    def is_open(self) -> bool:
        return self.refuses_until is not None and time.monotonic() < self.refuses_until

    def refuse_if_open(self) -> None:
        if self.is_open:
            REFUSED.labels(self.scope).inc()
            msg = f"circuit of {self.scope} is open"
            raise LeftAloneError(msg)

    def try_once(self, open_seconds: float) -> None:
        if self.refuses_until is not None:
            # Half open: this call tries, and nobody else until it is known or long gone.
            self.refuses_until = time.monotonic() + open_seconds

    def failed(self, what: object, most: int, open_seconds: float) -> None:
        self.failures.add(what)
        if self.refuses_until is not None or len(self.failures) >= most:
            self.refuses_until = time.monotonic() + open_seconds
            self.openings += 1
            OPENED.labels(self.scope).inc()


class Circuits:
    """The circuits of one process."""

    def __init__(self, settings: ConnectorSettings) -> None:
        """Take the settings."""
        self._settings = settings
        self._somtoday = _Circuit(_SOMTODAY)
        # Only of organisations that failed since they last answered.
        self._organisations: dict[str, _Circuit] = {}
        _OF_THIS_PROCESS.add(self)

    def count_open(self, scope: str) -> int:
        """How many circuits of a scope stop calls at this moment."""
        kept = [self._somtoday] if scope == _SOMTODAY else self._organisations.values()
        return sum(circuit.is_open for circuit in kept)

    @contextmanager
    def guarding(self, organisation: str | None) -> Iterator[Callable[[], None]]:
        """Run one call, retries included, and learn from how it ends.

        Yields what is to be called before each try: it raises when a circuit opened meanwhile.

        Raises:
            LeftAloneError: a circuit is open; Somtoday is not asked.

        """
        seconds = self._settings.somtoday_circuit_seconds
        met = self._of(organisation)
        # Both must let it pass before either takes it for the one that tries.
        for circuit in met:
            circuit.refuse_if_open()
        for circuit in met:
            circuit.try_once(seconds)
        passed = [(circuit, circuit.openings) for circuit in met]
        try:
            yield partial(self._refuse_if_opened, organisation, passed)
        except (LeftAloneError, TooBusyError):
            # Our own doing, which says nothing of Somtoday.
            raise
        except SourceUnavailableError:
            self._failed(organisation or "")
            raise
        self._organisations.pop(organisation or "", None)
        self._somtoday = _Circuit(_SOMTODAY)

    def _of(self, organisation: str | None) -> list[_Circuit]:
        own = self._organisations.get(organisation or "")
        return [self._somtoday] if own is None else [own, self._somtoday]

    def _refuse_if_opened(
        self, organisation: str | None, passed: list[tuple[_Circuit, int]]
    ) -> None:
        # What opened since this call began must let it pass anew, as if it began now: a circuit
        # may have opened and be half open again while the call waited for its turn.
        opened = [c for c in self._of(organisation) if (c, c.openings) not in passed]
        for circuit in opened:
            circuit.refuse_if_open()
        for circuit in opened:
            circuit.try_once(self._settings.somtoday_circuit_seconds)
        passed += [(circuit, circuit.openings) for circuit in opened]

    def _failed(self, organisation: str) -> None:
        wanted = self._settings
        own = self._organisations.setdefault(organisation, _Circuit(_ORGANISATION))
        # Every failure counts for an organisation, but only once for Somtoday: one school whose
        # data break it must not stop the reading of others.
        own.failed(object(), wanted.somtoday_circuit_failures, wanted.somtoday_circuit_seconds)
        most = wanted.somtoday_circuit_organisations
        self._somtoday.failed(organisation, most, wanted.somtoday_circuit_seconds)


_OF_THIS_PROCESS: WeakSet[Circuits] = WeakSet()


def _count_open(scope: str) -> float:
    return sum(circuits.count_open(scope) for circuits in _OF_THIS_PROCESS)


# A count and nothing else: which organisation it is belongs in no metric.
for _scope in (_SOMTODAY, _ORGANISATION):
    OPEN.labels(_scope).set_function(partial(_count_open, _scope))

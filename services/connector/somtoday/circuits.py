"""Circuits: who keeps failing is left alone for a while, one organisation or Somtoday as a whole.

They are kept per process. What they hold is this process's own recent experience: it needs no
round trip before a call, outlives Redis, and one machine's broken network shuts out no other. The
price is a few failing calls per process before each has learnt it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from prometheus_client import Counter

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.errors import SourceUnavailableError, TooBusyError

OPENED = Counter("somtoday_circuits_opened", "Times that calls were stopped", ["scope"])
REFUSED = Counter("somtoday_calls_refused", "Calls that an open circuit stopped", ["scope"])


@dataclass
class _Circuit:
    scope: str
    failures: set[object] = field(default_factory=set)
    refuses_until: float | None = None

    def refuse_if_open(self) -> None:
        if self.refuses_until is not None and time.monotonic() < self.refuses_until:
            REFUSED.labels(self.scope).inc()
            msg = f"circuit of {self.scope} is open"
            raise SourceUnavailableError(msg)

    def try_once(self, open_seconds: float) -> None:
        if self.refuses_until is not None:
            # Half open: this call tries, and nobody else until it is known or long gone.
            self.refuses_until = time.monotonic() + open_seconds

    def failed(self, what: object, most: int, open_seconds: float) -> None:
        self.failures.add(what)
        if self.refuses_until is not None or len(self.failures) >= most:
            self.refuses_until = time.monotonic() + open_seconds
            OPENED.labels(self.scope).inc()


class Circuits:
    """The circuits of one process."""

    def __init__(self, settings: ConnectorSettings) -> None:
        """Take the settings."""
        self._settings = settings
        self._somtoday = _Circuit("somtoday")
        # Only of organisations that failed since they last answered.
        self._organisations: dict[str, _Circuit] = {}

    @contextmanager
    def guarding(self, organisation: str | None) -> Iterator[None]:
        """Run one call, retries included, and learn from how it ends.

        Raises:
            SourceUnavailableError: a circuit is open; Somtoday is not asked.

        """
        seconds = self._settings.somtoday_circuit_seconds
        own = self._organisations.get(organisation or "")
        met = [self._somtoday] if own is None else [own, self._somtoday]
        # Both must let it pass before either takes it for the one that tries.
        for circuit in met:
            circuit.refuse_if_open()
        for circuit in met:
            circuit.try_once(seconds)
        try:
            yield
        except TooBusyError:
            # Our own line was too long, which says nothing of Somtoday.
            raise
        except SourceUnavailableError:
            self._failed(organisation or "")
            raise
        self._organisations.pop(organisation or "", None)
        self._somtoday = _Circuit("somtoday")

    def _failed(self, organisation: str) -> None:
        wanted = self._settings
        own = self._organisations.setdefault(organisation, _Circuit("organisation"))
        # Every failure counts for an organisation, but only once for Somtoday: one school whose
        # data break it must not stop the reading of others.
        own.failed(object(), wanted.somtoday_circuit_failures, wanted.somtoday_circuit_seconds)
        most = wanted.somtoday_circuit_organisations
        self._somtoday.failed(organisation, most, wanted.somtoday_circuit_seconds)

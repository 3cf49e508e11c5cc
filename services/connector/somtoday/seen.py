"""What a roster was made from: a keyed digest of every page, and how long it holds as it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.connector.somtoday import wire
from services.connector.somtoday.fingerprint import keyed
from services.connector.somtoday.kinds import Kind

_DAY = timedelta(days=1)
Place = tuple[str, Kind]


@dataclass
class Seen:
    """The pages of one walk through a school, of each vestiging and kind in their order.

    `until` is the first day after that of the walk on which a plaatsing begins, or is over, so that
    the same pages may say something else from then on; null when there is none. `moved` says that
    a list was read more than once: then its pages do not tell what the roster was made from.
    """

    key: bytes = b""
    pages: dict[Place, list[str]] = field(default_factory=dict)
    until: date | None = None
    moved: bool = False

    def page(self, vestiging: str, kind: Kind, fingerprint: bytes) -> None:
        """Note the next page of a collection."""
        self.pages.setdefault((vestiging, kind), []).append(keyed(fingerprint, self.key))

    def plaatsingen(self, places: Iterable[wire.Plaatsing], day: date) -> None:
        """Note when a pupil's plaatsingen begin and are over, where that is after a day."""
        for placed in places:
            ends = placed.einddatum
            over = None if ends is None or ends == date.max else ends + _DAY
            for turn in (placed.startdatum, over):
                if turn is not None and turn > day:
                    self.until = turn if self.until is None else min(self.until, turn)

"""Whether a list was read whole, though its rows may move from page to page meanwhile."""

MOST_LOOKS = 3


class Looks:
    """The rows of one list over several looks at it, each known by its uuid or its place."""

    def __init__(self) -> None:
        """Begin before the first look."""
        self._ever: set[str] = set()
        self._now: set[str] = set()
        self._before: set[str] = set()
        self._repeated = False
        self._moved = False

    def begin(self) -> None:
        """Look at the list from its beginning."""
        self._before, self._now = self._now, set()
        self._repeated = self._moved = False

    def page(self, *, moved: bool) -> None:
        """Note whether a page follows on the one before it."""
        self._moved = self._moved or moved

    def is_new(self, row: str) -> bool:
        """Note a row; whether it is the first time, in this look and those before."""
        self._repeated = self._repeated or row in self._now
        self._now.add(row)
        new = row not in self._ever
        self._ever.add(row)
        return new

    def prove_all(self) -> bool:
        """Whether this look proves that no row was passed over as pages moved along.

        The pages followed on each other, and there were as many rows as distinct ones; or the
        same ones as in the look before, so that it is Somtoday's habit to name a row twice.
        """
        return not self._moved and (not self._repeated or self._now == self._before)

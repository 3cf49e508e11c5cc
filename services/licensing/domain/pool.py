"""A pool: the licenses of a school for one license product and schooljaar."""

from dataclasses import dataclass
from uuid import UUID

# More pupils than the Netherlands has; and the database counts in 32 bits.
MOST_LICENSES = 10_000_000


@dataclass(frozen=True)
class Pool:
    """What was granted and what is used; the ledger's sums."""

    id: UUID
    school_id: UUID
    license_product: str
    schooljaar: str
    granted: int
    used: int

    @property
    def left(self) -> int:
        """Licenses that are not used yet."""
        return self.granted - self.used

    def allows(self, amount: int) -> bool:
        """Whether a grant, or a negative correction, leaves what is in use granted, and sense."""
        return self.used <= self.granted + amount <= MOST_LICENSES

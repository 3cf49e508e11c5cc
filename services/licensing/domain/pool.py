"""A pool: the licenses of a school for one license product and schooljaar."""

from dataclasses import dataclass
from uuid import UUID

# More pupils than the Netherlands has; and the database counts in 32 bits.
MOST_LICENSES = 10_000_000


# Enough for any school to go on until it has bought more.
MOST_OVERDRAFT = 1_000_000


@dataclass(frozen=True)
class Pool:
    """What was granted and what is used: the ledger's sums.

    `overdraft` is how many more than granted may be used; with 0 a pupil is refused when the pool
    is empty.
    """

    id: UUID
    school_id: UUID
    license_product: str
    schooljaar: str
    granted: int
    used: int
    overdraft: int = 0

    @property
    def left(self) -> int:
        """Licenses that are granted and not used yet."""
        return max(self.granted - self.used, 0)

    @property
    def overdrawn_by(self) -> int:
        """Licenses that are used beyond what was granted."""
        return max(self.used - self.granted, 0)

    def allows(self, amount: int) -> bool:
        """Whether a grant makes sense, or a correction leaves every license in use granted.

        A correction never makes an overdraft: that is for pupils who start.
        """
        granted = self.granted + amount
        return granted <= MOST_LICENSES and (amount > 0 or self.used <= granted)

    def allows_overdraft(self, limit: int) -> bool:
        """Whether this may become the limit: what is overdrawn by now stays within it."""
        return self.overdrawn_by <= limit <= MOST_OVERDRAFT

"""What happens to licenses that others may want to be told of."""

from enum import StrEnum


class Event(StrEnum):
    """Each also names its entries in the outbox."""

    USED = "license.used"
    RELEASED = "license.released"
    GRANTED = "license.granted"
    POOL_LOW = "license.pool_low"
    POOL_EMPTY = "license.pool_empty"
    POOL_OVERDRAWN = "license.pool_overdrawn"
    LEDGER_UNBALANCED = "license.ledger_unbalanced"

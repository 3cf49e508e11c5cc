"""Every table of every service, loaded so that `alembic check` can compare them with a database."""

import shared.auth.tables
import shared.idempotency.tables
import shared.outbox.tables  # noqa: F401 - importing a module registers its tables
from shared.tables import metadata

__all__ = ["metadata"]

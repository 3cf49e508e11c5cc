"""Every table of every service, loaded so that `alembic check` can compare them with a database."""

import services.connector.store.observed_tables
import services.connector.store.tables
import services.importer.store.file_tables
import services.importer.store.koppeling_end_table
import services.importer.store.personal_tables
import services.importer.store.plan_tables
import services.importer.store.reconciliation_tables
import services.importer.store.roster_tables
import services.importer.store.run_table
import services.importer.store.schedule_tables
import services.importer.store.tables
import services.licensing.store.job_tables
import services.licensing.store.start_tables
import services.licensing.store.tables
import services.licensing.store.webhook_tables  # noqa: F401 - importing a module registers its tables
import shared.auth.tables
import shared.idempotency.tables
import shared.outbox.tables  # noqa: F401
from shared.tables import metadata

__all__ = ["metadata"]

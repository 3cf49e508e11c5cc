"""Run migrations: one transaction each, one deployer at a time, never a long wait for a lock."""

import re
from collections.abc import Mapping

from alembic import context
from pydantic import Field
from pydantic_settings import BaseSettings
from sqlalchemy import create_engine, text

from migrations.catalogue import metadata
from shared.settings import DatabaseUrl, load_settings

# Any constant will do, as long as every deployer uses the same one.
_DEPLOYER_LOCK = 7_310_452_209
# Jobs make and drop these; the table that they are parts of is what the code declares.
_MONTH_OF_A_LOG = re.compile(r"license_use_[0-9]{4}_[0-9]{2}")


class MigrationSettings(BaseSettings):
    """Where to migrate."""

    database_url: DatabaseUrl = Field(description="Postgres URL of the schema's owner")


def _is_declared(name: str | None, kind: str, _: Mapping[str, str | None]) -> bool:
    return kind != "table" or name is None or not _MONTH_OF_A_LOG.fullmatch(name)


def _run() -> None:
    engine = create_engine(load_settings(MigrationSettings).database_url.get_secret_value())
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SET statement_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _DEPLOYER_LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            compare_server_default=False,
            include_name=_is_declared,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_run()

"""The one catalogue of tables, its naming convention and the columns that all tables share."""

from sqlalchemy import Column, DateTime, ForeignKey, MetaData, Uuid, func
from sqlalchemy.exc import IntegrityError

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> Column:  # type: ignore[type-arg]
    """A UUIDv7 primary key, made in Python so that Postgres 15 to 17 do as well as 18."""
    return Column("id", Uuid, primary_key=True)


def moment_column(
    name: str, *, nullable: bool = False, now: bool = False, comment: str | None = None
) -> Column:  # type: ignore[type-arg]
    """A moment in time with its zone; `now` fills it in when the row is made."""
    filled = func.now() if now else None
    zoned = DateTime(timezone=True)
    return Column(name, zoned, nullable=nullable, server_default=filled, comment=comment)


def school_column(*, primary_key: bool = False) -> Column:  # type: ignore[type-arg]
    """Whose row it is; row-level security reads this column."""
    # RESTRICT: a school never takes its rows with it by accident.
    target = ForeignKey("school.id", ondelete="RESTRICT")
    return Column("school_id", Uuid, target, nullable=False, primary_key=primary_key)


def lacks_its_school(error: IntegrityError) -> bool:
    """Whether it is the key of a school_column that refused a row: there is no such school."""
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    return name.startswith("fk_") and name.endswith("_school_id")

"""Who may touch which table: grants and row-level security, in the words of each migration."""

from alembic import op

SERVICES = ("connector", "importer", "licensing")


def role_of(service: str) -> str:
    """The group role that holds a service's rights; each environment's login is a member of it."""
    return f"koppeling_{service}"


def grant(service: str, rights: str, table: str) -> None:
    """Give a service rights on a table, e.g. `SELECT, INSERT`."""
    op.execute(f"GRANT {rights} ON {table} TO {role_of(service)}")


def school_rows_only(table: str) -> None:
    """Let a transaction see and write only the rows of the school it named.

    FORCE makes it hold for the owner too, so that a report run by hand is no way around it;
    a superuser still passes (PostgreSQL manual, 5.9 Row Security Policies).
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    own = "school_id = NULLIF(current_setting('app.school_id', true), '')::uuid"
    op.execute(f"CREATE POLICY own_school ON {table} USING ({own}) WITH CHECK ({own})")


def service_rows_only(table: str, rights: str) -> None:
    """Let each service see and write only the rows that it wrote itself."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for service in SERVICES:
        grant(service, rights, table)
        own = f"service = '{service}'"
        op.execute(
            f"CREATE POLICY own_rows_of_{service} ON {table} TO {role_of(service)} "
            f"USING ({own}) WITH CHECK ({own})"
        )

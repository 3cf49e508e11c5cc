import psycopg
import pytest

from deploy.local.database import DatabaseUrls, grant_service_roles, scratch_database


def _one(url: str, statement: str, *values: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode(), values).fetchone()
    return row[0] if row else None


def _left(admin: str, prefix: str) -> object:
    statement = """
        SELECT (SELECT count(*) FROM pg_database WHERE datname LIKE %s)
             + (SELECT count(*) FROM pg_roles WHERE rolname LIKE %s)
    """
    return _one(admin, statement, f"{prefix}%", f"{prefix}%")


def test_two_at_once_know_nothing_of_each_other(admin: str) -> None:
    with (
        scratch_database(admin, name_prefix="twin") as first,
        scratch_database(admin, name_prefix="twin") as second,
    ):
        with psycopg.connect(first.owner) as connection:
            connection.execute("CREATE TABLE mine ()")
        assert _one(first.owner, "SELECT to_regclass('mine')::text") == "mine"
        assert _one(second.owner, "SELECT to_regclass('mine')::text") is None
        assert _left(admin, "twin") == 8
    assert _left(admin, "twin") == 0


def test_each_service_has_a_login_without_rights(admin: str) -> None:
    with scratch_database(admin, name_prefix="logins") as urls:
        for service in ("connector", "importer", "licensing"):
            url = getattr(urls, service)
            assert str(_one(url, "SELECT current_user")).endswith(f"_{service}")
            assert _one(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                _one(url, "CREATE TABLE mine ()")


def test_after_the_migrations_each_login_has_its_services_role(admin: str) -> None:
    with scratch_database(admin, name_prefix="granted") as urls:
        _make_group_roles(urls)
        grant_service_roles(urls)
        assert _one(urls.importer, "SELECT pg_has_role('koppeling_importer', 'USAGE')") is True
        assert _one(urls.importer, "SELECT pg_has_role('koppeling_connector', 'USAGE')") is False
    assert _left(admin, "granted") == 0


def _make_group_roles(urls: DatabaseUrls) -> None:
    with psycopg.connect(urls.owner) as connection:
        for service in ("connector", "importer", "licensing"):
            connection.execute(f"CREATE ROLE koppeling_{service} NOLOGIN".encode())


def test_an_open_connection_or_a_failure_does_not_keep_it(admin: str) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        scratch_database(admin, name_prefix="failing") as urls,
    ):
        connection = psycopg.connect(urls.connector)
        raise ZeroDivisionError
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    assert _left(admin, "failing") == 0

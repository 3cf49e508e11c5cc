"""A scratch database with throw-away logins, so that nothing on a shared server is touched."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

_SERVICES = ("connector", "importer", "licensing")
# Postgres gives the sessions that it ends five seconds, which a busy machine may not have.
_DROP_TRIES = 6


@dataclass(frozen=True)
class DatabaseUrls:
    """One database, as its owner and as each service."""

    owner: str
    connector: str
    importer: str
    licensing: str


@contextmanager
def scratch_database(admin_url: str, *, name_prefix: str) -> Iterator[DatabaseUrls]:
    """Make a database and a login per service; both are gone after the block."""
    name = f"{name_prefix}_{secrets.token_hex(6)}"
    logins = {service: f"{name}_{service}" for service in _SERVICES}
    passwords = {service: secrets.token_urlsafe(24) for service in _SERVICES}
    try:
        _create(admin_url, name, {logins[s]: passwords[s] for s in _SERVICES})
        services = {s: _url(admin_url, name, logins[s], passwords[s]) for s in _SERVICES}
        yield DatabaseUrls(owner=_url(admin_url, name), **services)
    finally:
        _drop(admin_url, name, list(logins.values()))


def _create(admin_url: str, name: str, passwords: dict[str, str]) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # template1 may hold what somebody put into every database of a given server.
        statement = SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
        connection.execute(statement.format(Identifier(name)))
        for login, password in passwords.items():
            statement = SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(Identifier(login), Literal(password)))


def _drop(admin_url: str, name: str, logins: list[str]) -> None:
    # With the database goes all that the logins own, so nothing holds on to them.
    with psycopg.connect(admin_url, autocommit=True) as connection:
        statement = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
        for left in reversed(range(_DROP_TRIES)):
            try:
                connection.execute(statement)
                break
            except psycopg.errors.ObjectInUse:
                if left == 0:
                    raise
        for login in logins:
            connection.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(login)))


def grant_service_roles(urls: DatabaseUrls) -> None:
    """After the migrations: let each login have the rights of its service's role."""
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        for service in _SERVICES:
            login = urlsplit(getattr(urls, service)).username or ""
            statement = SQL("GRANT {} TO {}")
            role = Identifier(f"koppeling_{service}")
            connection.execute(statement.format(role, Identifier(login)))


def _url(admin_url: str, database: str, login: str | None = None, password: str = "") -> str:
    parts = urlsplit(admin_url)
    place = parts.netloc
    if login is not None:
        place = f"{login}:{quote(password)}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, place, f"/{database}", parts.query, ""))

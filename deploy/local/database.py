"""A scratch database with throw-away logins, so that nothing on a shared server is touched."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

_SERVICES = ("connector", "importer", "licensing")


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
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        for service, login in logins.items():
            statement = SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            made = statement.format(Identifier(login), Literal(passwords[service]))
            connection.execute(made)
    try:
        services = {s: _url(admin_url, name, logins[s], passwords[s]) for s in _SERVICES}
        yield DatabaseUrls(owner=_url(admin_url, name), **services)
    finally:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
            for login in logins.values():
                connection.execute(SQL("DROP ROLE {}").format(Identifier(login)))


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

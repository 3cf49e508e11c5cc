from collections.abc import Iterator

import pytest

from deploy.local.postgres import embedded_postgres


@pytest.fixture(scope="session")
def admin() -> Iterator[str]:
    """A Postgres of these tests alone: they make and drop things that the whole server sees."""
    with embedded_postgres() as url:
        yield url

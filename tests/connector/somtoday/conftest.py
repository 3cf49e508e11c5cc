from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.open import open_somtoday
from shared.crypto import SecretBox
from tests.connector.kurve import SECRET, School
from tests.connector.somtoday.stand_in import Stage
from tests.fixtures.http import serving


@pytest.fixture
def own_settings(settings: Any) -> ConnectorSettings:
    """The settings that `client` runs with."""
    made: ConnectorSettings = settings()
    return made


@pytest.fixture
async def client(own_settings: ConnectorSettings) -> AsyncIterator[SomtodayClient]:
    """A client of the sandbox with a token cache of its own."""
    box = SecretBox(own_settings.encryption_keys)
    async with open_somtoday(own_settings, box) as opened:
        yield opened


@pytest.fixture
def access(school: School) -> Access:
    """The product's way into the small school."""
    return access_for(school)


def access_for(school: School, secret: str = SECRET) -> Access:
    return Access("numo", "numo", SecretStr(secret), UUID(school.organisation))


@pytest.fixture(scope="session")
async def stage(settings: Any) -> AsyncIterator[Stage]:
    """A server on which stand-ins play."""
    made = Stage(settings())
    async with serving(lambda _: made.app()) as url:
        there = {"somtoday_api_url": url, "somtoday_token_url": f"{url}/token"}
        made.settings = made.settings.model_copy(update=there)
        yield made

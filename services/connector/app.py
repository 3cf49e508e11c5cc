"""The connector as an ASGI app: uvicorn --factory services.connector.app:create_app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.connector.api import (
    dead_letters,
    explanations,
    koppeling_actions,
    koppeling_changes,
    koppeling_events,
    koppelingen,
    koppelingen_bulk,
    own_koppelingen,
    products,
    rosters,
    stated_and_observed,
)
from services.connector.application.stream_roster import RosterSource
from services.connector.settings import ConnectorSettings
from services.connector.somtoday.open import open_somtoday
from services.connector.somtoday.roster_memory import open_roster_memory
from shared.api_app import build_api
from shared.crypto import SecretBox
from shared.settings import load_settings

_DESCRIPTION = (
    "Owns Somtoday's OAuth and every koppeling of every school, and streams the roster document."
)


def create_app() -> FastAPI:
    """The app with settings from the environment.

    Raises:
        SystemExit: a setting is missing or wrong; the message names it.

    """
    return build(load_settings(ConnectorSettings))


def build(settings: ConnectorSettings) -> FastAPI:
    """The app with given settings."""

    @asynccontextmanager
    async def own_parts(app: FastAPI) -> AsyncIterator[None]:
        box = SecretBox(settings.encryption_keys)
        async with open_somtoday(settings, box) as somtoday, open_roster_memory(settings) as memory:
            app.state.box = box
            app.state.roster_source = RosterSource(app.state.database, somtoday, box, memory)
            yield

    routers = [
        products.router,
        koppelingen.router,
        koppelingen_bulk.router,
        koppeling_changes.router,
        koppeling_actions.router,
        own_koppelingen.router,
        koppeling_events.router,
        stated_and_observed.router,
        explanations.router,
        dead_letters.router,
        rosters.router,
    ]
    return build_api(
        "connector", settings, description=_DESCRIPTION, routers=routers, own_parts=own_parts
    )

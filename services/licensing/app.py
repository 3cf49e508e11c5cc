"""Licensing as an ASGI app: uvicorn --factory services.licensing.app:create_app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.licensing.api import (
    checks,
    contacts,
    dead_letters,
    entries,
    grants,
    license_products,
    licenses,
    pools,
    reports,
    uses,
    webhook_deliveries,
    webhooks,
)
from services.licensing.api.short_way import ShortWay
from services.licensing.application.turnstile import Turnstile
from services.licensing.application.webhooks import Desk
from services.licensing.settings import LicensingSettings
from shared.api_app import build_api
from shared.crypto import SecretBox
from shared.settings import load_settings

_DESCRIPTION = (
    "Knows how many licenses a school has, and uses one when a pupil first starts a sprongtoets "
    "or an oefening in a schooljaar."
)


def create_app() -> FastAPI:
    """The app with settings from the environment.

    Raises:
        SystemExit: a setting is missing or wrong; the message names it.

    """
    return build(load_settings(LicensingSettings))


def build(settings: LicensingSettings) -> FastAPI:
    """The app with given settings."""
    modules = (
        *(uses, licenses, pools, grants, license_products, checks),
        *(webhooks, webhook_deliveries, contacts, reports, entries, dead_letters),
    )
    routers = [module.router for module in modules]
    return build_api(
        "licensing",
        settings,
        description=_DESCRIPTION,
        routers=routers,
        own_parts=_own_parts,
        short_way=ShortWay,
    )


@asynccontextmanager
async def _own_parts(app: FastAPI) -> AsyncIterator[None]:
    settings: LicensingSettings = app.state.settings
    app.state.turnstile = turnstile = Turnstile(app.state.database)
    box = SecretBox(settings.encryption_keys)
    app.state.webhooks = Desk(app.state.database, box, settings.webhook_insecure)
    try:
        yield
    finally:
        await turnstile.close()

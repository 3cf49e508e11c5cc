"""The importer's app: `uvicorn services.importer.app:create_app --factory`."""

from fastapi import FastAPI

from services.importer.api import (
    brakes,
    changes,
    dead_letters,
    decisions,
    events,
    given_up,
    hand_changes,
    identities,
    import_files,
    imports,
    key_changes,
    koppeling_end,
    merges,
    persons,
    problems,
    reconciliations,
    reports,
    roster,
    schedules,
    upload,
)
from services.importer.settings import ImporterSettings
from shared.api_app import build_api
from shared.settings import load_settings

_DESCRIPTION = (
    "Computes what a source (Somtoday, or a CSV or Excel file) would change in Numo's roster, "
    "shows it, and applies exactly what was chosen."
)


def create_app() -> FastAPI:
    """The app with settings from the environment.

    Raises:
        SystemExit: a setting is missing or wrong; the message names it.

    """
    return build(load_settings(ImporterSettings))


def build(settings: ImporterSettings) -> FastAPI:
    """The app with given settings."""
    return build_api(
        "importer",
        settings,
        description=_DESCRIPTION,
        routers=[
            upload.router,
            import_files.router,
            imports.router,
            changes.router,
            key_changes.router,
            brakes.router,
            decisions.router,
            hand_changes.router,
            problems.router,
            events.router,
            roster.router,
            dead_letters.router,
            given_up.router,
            reconciliations.router,
            koppeling_end.router,
            persons.router,
            merges.router,
            reports.router,
            identities.router,
            schedules.router,
        ],
        larger_bodies=dict.fromkeys((upload.PATH, import_files.PATH), settings.upload_limit_bytes),
    )

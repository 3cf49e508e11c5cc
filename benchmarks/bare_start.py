"""The limit of any start over HTTP: the same body and the same auth, and no database."""

from typing import Annotated

from fastapi import Depends, FastAPI, status

from services.licensing.api.use_models import UseBody
from services.licensing.settings import LicensingSettings
from shared.auth.acting import Acting, acting
from shared.auth.dependencies import Authenticator
from shared.auth.principal import Role, Scope
from shared.auth.tokens import TokenVerifier
from shared.database import Database
from shared.settings import load_settings

Starting = Annotated[Acting, Depends(acting(Role.LEERLING, scopes=frozenset({Scope.LICENSES_USE})))]


def create_app() -> FastAPI:
    """The app; its settings are those of licensing."""
    settings = load_settings(LicensingSettings)
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    tokens = TokenVerifier(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)
    app.state.authenticator = Authenticator(Database(settings.database_url), tokens)

    @app.post("/v1/license-uses", status_code=status.HTTP_201_CREATED)
    async def start(body: UseBody, acting: Starting) -> dict[str, str]:
        return {"person": str(body.person_id), "school": str(acting.school_id)}

    @app.get("/readyz")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    return app

"""The sandbox as an ASGI app: uvicorn --factory services.sandbox.app:create_app."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse

from services.sandbox.admin import control, one_school, page
from services.sandbox.calls import CountingMiddleware
from services.sandbox.connect import organisations, resources, token
from services.sandbox.connect.errors import ConnectError, answer_error
from services.sandbox.fault_middleware import FaultMiddleware
from services.sandbox.koppeling import KoppelingError
from services.sandbox.settings import Settings, load_settings
from services.sandbox.state import Sandbox


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the app; without settings they come from the environment.

    Raises:
        SettingsError: when a required setting is missing.
    """
    app = FastAPI(title="Somtoday sandbox", docs_url=None, redoc_url=None, redirect_slashes=False)
    sandbox = Sandbox(settings or load_settings())
    app.state.sandbox = sandbox
    app.add_middleware(FaultMiddleware, faults=sandbox.faults, expire_token=sandbox.expire_token)
    app.add_middleware(CountingMiddleware, calls=sandbox.calls)
    app.add_exception_handler(ConnectError, answer_error)
    app.add_exception_handler(KoppelingError, _refuse_koppeling)
    app.add_exception_handler(RequestValidationError, _refuse_request)
    app.add_api_route("/healthz", _healthz)
    app.add_api_route("/", _to_the_page, include_in_schema=False)
    for part in (token, organisations, resources, control, one_school, page):
        app.include_router(part.router)
    app.include_router(page.school_router)
    return app


async def _healthz() -> dict[str, str]:
    return {"status": "ok"}


async def _to_the_page() -> RedirectResponse:
    return RedirectResponse("/sandbox/")


def _unprocessable(errors: list[tuple[str, str]]) -> JSONResponse:
    shown = [{"field": field, "message": message} for field, message in errors]
    return JSONResponse({"errors": shown}, status_code=422)


async def _refuse_koppeling(_: Request, error: Exception) -> JSONResponse:
    return _unprocessable(error.errors if isinstance(error, KoppelingError) else [])


async def _refuse_request(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    return _unprocessable(
        [(".".join(str(part) for part in item["loc"][1:]), item["msg"]) for item in error.errors()]
    )

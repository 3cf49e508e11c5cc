"""How every service builds its FastAPI app: middleware, problems, health, metrics, docs."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp

from shared.auth.dependencies import Authenticator
from shared.auth.tokens import TokenVerifier
from shared.body_limit import BodyLimit
from shared.database import Database
from shared.declared_queries import refuse_undeclared
from shared.errors.codes import ErrorCode
from shared.failure_middleware import FailureMiddleware
from shared.problem_handlers import install_problem_handlers, problem_responses
from shared.queue import JobQueue
from shared.settings import ServiceSettings
from shared.telemetry import RequestTelemetry, configure_logging, get_logger

Check = Callable[[], Awaitable[None]]
OwnParts = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_READY_SECONDS = 2.0
_MOST_BODY_BYTES = 1024 * 1024
# FastAPI's own tells texts of errors, which may hold a person's data; ours is shared.telemetry.
_TELEMETRY_OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def build_api(
    service: str,
    settings: ServiceSettings,
    *,
    description: str,
    routers: Sequence[APIRouter],
    own_parts: OwnParts | None = None,
    larger_bodies: Mapping[str, int] | None = None,
    short_way: Callable[[ASGIApp], ASGIApp] | None = None,
) -> FastAPI:
    """An app with what all three services have in common.

    On `app.state`: settings, database, queue, authenticator. `own_parts` opens what only this
    service needs, for as long as the app runs. `larger_bodies` are bytes by path, where a body
    may be larger than a megabyte. `short_way` wraps the app inside all that every service does
    around a request, and may answer one itself.
    """
    configure_logging(service, settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts = nullcontext() if own_parts is None else own_parts(app)
        async with _shared_parts(app, service, settings), parts:
            with _long_lived_objects_left_alone():
                yield

    app = FastAPIOffline(
        title=f"Koppeling {service}",
        version="1",
        description=description,
        lifespan=lifespan,
        telemetry=_TELEMETRY_OFF,
        responses=problem_responses(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.REQUEST_REFUSED,
            ErrorCode.BODY_TOO_LARGE,
            ErrorCode.NOT_AUTHENTICATED,
            ErrorCode.NOT_ALLOWED,
            # Of any route that takes a school: another's answers like one that does not exist.
            ErrorCode.NOT_FOUND,
        ),
    )
    install_problem_handlers(app)
    if short_way is not None:
        app.add_middleware(short_way)
    app.add_middleware(BodyLimit, most_bytes=_MOST_BODY_BYTES, larger=larger_bodies or {})
    app.add_middleware(FailureMiddleware)
    app.add_middleware(RequestTelemetry, service=service)
    app.include_router(_health())
    for router in routers:
        app.include_router(router, dependencies=[Depends(refuse_undeclared)])
    return app


@contextmanager
def _long_lived_objects_left_alone() -> Iterator[None]:
    """Spare the garbage collector what was made by now, and every request a pause for it.

    Models, routes and modules are some 180,000 objects: to look through them took 0.12 s, once in
    some 500 requests.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@asynccontextmanager
async def _shared_parts(
    app: FastAPI, service: str, settings: ServiceSettings
) -> AsyncIterator[None]:
    database = Database(settings.database_url, settings.database_pool_size)
    tokens = TokenVerifier(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)
    queue = JobQueue(settings, service)
    app.state.settings = settings
    app.state.database = database
    app.state.queue = queue
    app.state.authenticator = Authenticator(database, tokens)
    try:
        yield
    finally:
        await queue.close()
        await tokens.close()
        await database.close()


async def _answers(check: Check) -> bool:
    try:
        await asyncio.wait_for(check(), _READY_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        get_logger().warning("not_ready", error=type(error).__name__)
        return False
    return True


def _health() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def ready(request: Request) -> JSONResponse:
        state: Any = request.app.state
        parts = {"database": state.database.ping, "redis": state.queue.ping}
        found = {name: await _answers(check) for name, check in parts.items()}
        return JSONResponse(
            {"ready": all(found.values()), **found}, 200 if all(found.values()) else 503
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router

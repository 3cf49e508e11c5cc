import json

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from shared.failure_middleware import FailureMiddleware
from shared.problem_handlers import install_problem_handlers
from shared.telemetry import RequestTelemetry, configure_logging, current_request_id, get_logger


def _app() -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)
    app.add_middleware(FailureMiddleware)
    app.add_middleware(RequestTelemetry, service="demo")

    @app.get("/things/{name}")
    async def thing(name: str) -> dict[str, str]:
        get_logger().info("looked_up", name=name, email="noor@waterkant.example")
        return {"request_id": current_request_id()}

    @app.get("/broken")
    async def broken() -> None:
        msg = "Noor van der Plasdijk"
        raise RuntimeError(msg)

    return app


async def test_a_request_id_runs_through_and_no_personal_data_is_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("demo", "INFO")
    transport = ASGITransport(_app(), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://demo") as client:
        answer = await client.get(
            "/things/Plasdijk?leerlingnummer=204117", headers={"X-Request-ID": "abc-1"}
        )
        failed = await client.get("/broken")
        odd = await client.get("/things/x", headers={"X-Request-ID": "a\tb; drop"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "abc-1"
    assert odd.headers["x-request-id"] != "a\tb; drop"
    assert failed.status_code == 500
    assert failed.json()["code"] == "internal_error"
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    mine = [line for line in lines if line.get("request_id") == "abc-1"]
    assert {line["event"] for line in mine} == {"looked_up", "request"}
    assert all(line["service"] == "demo" for line in mine)
    written = json.dumps(lines)
    for secret in ("Plasdijk", "204117", "waterkant"):
        assert secret not in written

"""One request id through everything that a call sets off; and what is well says so."""

import json
import re
from collections.abc import Callable

import httpx
import pytest

from deploy.demo.peers import answer_of
from deploy.demo.steps import Play
from deploy.local.environment import Environment
from shared.ids import new_id


def _events(environment: Environment, process: str, request_id: str) -> set[str]:
    lines = environment.processes.log_of(process, 400).splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    return {entry["event"] for entry in logged if entry.get("request_id") == request_id}


def test_a_request_id_runs_through_services_and_workers(
    environment: Environment, imported: Callable[..., Play]
) -> None:
    play, request_id = imported("93AA", 30), f"journey-{new_id()}"
    administrator = play.peers.administrator(play.school_id)
    answer = administrator.post(
        "/v1/imports", json={"source": "somtoday"}, headers={"X-Request-ID": request_id}
    )
    assert answer.headers["X-Request-ID"] == request_id
    play.settled(answer_of(answer), "planned")
    assert "request" in _events(environment, "importer", request_id)
    assert "job_done" in _events(environment, "importer-worker", request_id)
    assert "request" in _events(environment, "connector", request_id)


@pytest.mark.parametrize("service", ["connector", "importer", "licensing"])
def test_a_service_says_that_it_is_well_and_what_it_did(
    environment: Environment, service: str
) -> None:
    url = getattr(environment, service)
    assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{url}/readyz").json()
    assert ready == {"ready": True, "database": True, "redis": True}
    assert httpx.get(f"{url}/v1/nothing").status_code == 404
    metrics = httpx.get(f"{url}/metrics").text
    counted = (
        f'http_requests_total{{method="GET",route="unmatched",service="{service}",status="404"}}'
    )
    assert counted in metrics
    document = httpx.get(f"{url}/openapi.json")
    assert document.json()["info"]["title"] == f"Koppeling {service}"


def test_the_pages_of_the_api_load_nothing_from_elsewhere(environment: Environment) -> None:
    url = environment.connector
    for page in ("/docs", "/redoc"):
        loaded = re.findall(r'(?:src|href)="([^"]+)"', httpx.get(f"{url}{page}").text)
        assert loaded
        for path in loaded:
            assert path.startswith("/")
            assert httpx.get(f"{url}{path}").status_code == 200

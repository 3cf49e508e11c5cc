import datetime as dt
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from deploy.local.plain_http import NO_AUTHORITIES
from services.sandbox.app import create_app
from services.sandbox.settings import Settings
from tests.sandbox.connect_client import Connect

TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def app() -> FastAPI:
    return create_app(Settings(client_id="numo", client_secret="geheim", today=TODAY))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    url = "http://sandbox"
    async with httpx.AsyncClient(transport=transport, base_url=url, verify=NO_AUTHORITIES) as made:
        yield made


@pytest.fixture
def connect(client: httpx.AsyncClient) -> Connect:
    return Connect(client)


@pytest.fixture
def served(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, ws="none", lifespan="off", log_config=None, access_log=False)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()

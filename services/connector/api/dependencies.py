"""What the connector's routers need, found on the app."""

from typing import Annotated

from fastapi import Depends, Request

from services.connector.application.stream_roster import RosterSource
from shared.crypto import SecretBox
from shared.database import Database
from shared.queue import JobQueue


async def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


async def _queue(request: Request) -> JobQueue:
    found: JobQueue = request.app.state.queue
    return found


async def _box(request: Request) -> SecretBox:
    found: SecretBox = request.app.state.box
    return found


async def _roster_source(request: Request) -> RosterSource:
    found: RosterSource = request.app.state.roster_source
    return found


OwnDatabase = Annotated[Database, Depends(_database)]
Queue = Annotated[JobQueue, Depends(_queue)]
Box = Annotated[SecretBox, Depends(_box)]
Source = Annotated[RosterSource, Depends(_roster_source)]

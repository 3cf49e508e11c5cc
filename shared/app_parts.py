"""What an app opened when it started, for the routes that need it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from shared.database import Database
from shared.queue import JobQueue


def part_of_app(name: str) -> Callable[[Request], Awaitable[object]]:
    """A dependency: what `app.state` holds under this name."""

    # Not a plain function: FastAPI would hand every call of it to a thread.
    async def found(request: Request) -> object:
        return getattr(request.app.state, name)

    return found


OwnDatabase = Annotated[Database, Depends(part_of_app("database"))]
Queue = Annotated[JobQueue, Depends(part_of_app("queue"))]

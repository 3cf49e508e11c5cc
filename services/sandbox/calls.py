"""Counts the calls as they arrive, for whoever must prove that a limit was kept."""

import time
from bisect import bisect_right

from starlette.types import ASGIApp, Receive, Scope, Send

from services.sandbox.fault_middleware import FAULTY_PATHS


class Calls:
    """When each call came in, on the monotonic clock."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def describe(self) -> dict[str, float]:
        """Give how many there were, in how many seconds, and the most in any one second."""
        times = self.times
        counts = (i - bisect_right(times, at - 1) + 1 for i, at in enumerate(times))
        seconds = times[-1] - times[0] if times else 0.0
        most = max(counts, default=0)
        return {"count": len(times), "seconds": seconds, "most_in_a_second": most}


class CountingMiddleware:
    """Notes each call before anything is done with it."""

    def __init__(self, app: ASGIApp, calls: Calls) -> None:
        self.app = app
        self.calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note a call to Somtoday's own paths, and pass it on."""
        if scope["type"] == "http" and scope["path"].startswith(FAULTY_PATHS):
            self.calls.times.append(time.monotonic())
        await self.app(scope, receive, send)

from collections.abc import Awaitable, Callable

import pytest

from tests.connector.conftest import Somtoday
from tests.connector.kurve import Kurve, School, run_worker

Activated = Callable[[], Awaitable[tuple[School, str]]]


@pytest.fixture
def activated(
    kurve: Kurve, somtoday: Somtoday, add_school: Callable[..., Awaitable[School]]
) -> Activated:
    """Make a school whose koppeling is active; gives both."""

    async def make() -> tuple[School, str]:
        school = await add_school()
        await somtoday.open(school)
        return school, await kurve.active(school)

    return make


@pytest.fixture
def make_verified(kurve: Kurve) -> Callable[[str], Awaitable[None]]:
    """Have Somtoday looked at now."""

    async def verify(koppeling: str) -> None:
        assert (await kurve.post(koppeling, "verify")).status_code in {200, 202}
        await run_worker(kurve.settings)

    return verify

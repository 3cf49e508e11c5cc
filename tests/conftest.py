"""Fixtures live in tests/fixtures, one file a topic."""

import os
from typing import Any

import pytest
from hypothesis import settings

# A busy machine makes no example wrong: how long one takes is measured in benchmarks only.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")

# In this order: a plugin must not be imported by another before pytest rewrites its asserts.
pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.callers",
]

_JOURNEYS = "tests/journeys/"
# Plays environments of its own, so another worker may take it.
_ALONE = f"{_JOURNEYS}test_demo.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the journeys first: they take longest, and what is short fills up the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_JOURNEYS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors: much of a test is waiting, for a process or a pause."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file to one worker, and all journeys to one: each worker would start its services."""
    from xdist.scheduler import LoadFileScheduling

    class JourneysTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            scope = str(super()._split_scope(nodeid))
            return _JOURNEYS if scope.startswith(_JOURNEYS) and scope != _ALONE else scope

    return JourneysTogether(config, log)

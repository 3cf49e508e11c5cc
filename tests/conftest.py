"""Fixtures live in tests/fixtures, one file a topic."""

# In this order: a plugin must not be imported by another before pytest rewrites its asserts.
pytest_plugins = [
    "tests.fixtures.http",
    "tests.fixtures.servers",
    "tests.fixtures.callers",
]

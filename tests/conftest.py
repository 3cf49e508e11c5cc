"""Fixtures live in tests/fixtures, one file a topic."""

from hypothesis import settings

# A busy machine makes no example wrong: how long one takes is measured in benchmarks only.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")

# In this order: a plugin must not be imported by another before pytest rewrites its asserts.
pytest_plugins = [
    "tests.fixtures.http",
    "tests.fixtures.servers",
    "tests.fixtures.callers",
]

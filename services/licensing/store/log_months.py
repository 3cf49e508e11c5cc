"""The months that the log of starts is kept in; two functions of the schema's owner."""

from datetime import datetime

from shared.database import Database

_MAKE = "SELECT make_license_use_months(%s, %s)"
_DROP = "SELECT drop_license_use_months(%s)"


async def make_months(database: Database, since: datetime, ahead: int) -> int:
    """Make the months from a moment to so many ahead that are not there; returns how many."""
    return int((await database.run_alone(_MAKE, (since, ahead)))[0][0])


async def drop_months(database: Database, before: datetime) -> int:
    """Drop the months that ended before a moment, never the last three; returns how many."""
    return int((await database.run_alone(_DROP, (before,)))[0][0])

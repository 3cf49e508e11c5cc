"""Make the months of the log ahead, and drop those that are past their time."""

from datetime import datetime, timedelta

from services.licensing.store.log_months import drop_months, make_months
from shared.database import Database
from shared.telemetry import get_logger

# So many that a worker may be away for a year before a start finds no month to go to.
_AHEAD = 14
_MONTH = timedelta(days=31)


async def keep_log(database: Database, moment: datetime, months: int) -> tuple[int, int]:
    """Returns how many months were made, and dropped; asking again changes nothing."""
    made = await make_months(database, moment, _AHEAD)
    dropped = await drop_months(database, moment - months * _MONTH)
    if made or dropped:
        get_logger().info("log_months_kept", made=made, dropped=dropped)
    return made, dropped

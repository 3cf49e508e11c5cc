"""The cursor of the controlescherm: a position in its fixed order."""

import re

from shared.paging import cursor_refused, decode_cursor

# No plan has a thousand million rows; and a number of any length would not fit the database.
_POSITION = re.compile("[0-9]{1,9}")


def position_in(cursor: str | None) -> int | None:
    """The position in a cursor; refuses with invalid_request when it is none of ours."""
    position = decode_cursor(cursor, 1)
    if position is None:
        return None
    if _POSITION.fullmatch(position[0]) is None:
        raise cursor_refused()
    return int(position[0])

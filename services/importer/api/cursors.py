"""The cursor of the controlescherm: a position in its fixed order."""

from shared.paging import decode_number

# No plan has a thousand million rows, and its positions are as long as an integer.
_DIGITS = 9


def position_in(cursor: str | None) -> int | None:
    """The position in a cursor; refuses with invalid_request when it is none of ours."""
    return decode_number(cursor, _DIGITS)

"""What is wrong with a field, in Dutch: pydantic's own kinds of error, put into words.

Source of the kinds: pydantic's documentation, "Validation Errors". A rule of our own raises
ValueError with its Dutch message, which is taken as it is.
"""

from collections.abc import Mapping
from typing import Any

_OWN = "value_error"
_OTHER = "deze waarde klopt niet"
_UUID = "dit is geen geldige id (UUID)"
_DATE = "dit is geen geldige datum (jjjj-mm-dd)"
_MOMENT = "dit is geen geldig tijdstip (RFC 3339)"
_TIME = "dit is geen geldige tijd (uu:mm)"
_WHOLE = "dit moet een geheel getal zijn"
_NUMBER = "dit moet een getal zijn"
_YES_NO = "dit moet true of false zijn"
_WORDS = {
    "missing": "dit veld ontbreekt",
    "extra_forbidden": "dit veld bestaat niet",
    "json_invalid": "dit is geen geldige JSON",
    "string_type": "dit moet tekst zijn",
    "string_too_short": "dit is te kort (minstens {min_length} tekens)",
    "string_too_long": "dit is te lang (hoogstens {max_length} tekens)",
    "string_pattern_mismatch": "dit heeft niet de juiste vorm",
    "uuid_parsing": _UUID,
    "uuid_type": _UUID,
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "dit getal is te groot",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _YES_NO,
    "bool_type": _YES_NO,
    "greater_than_equal": "dit moet minstens {ge} zijn",
    "greater_than": "dit moet meer dan {gt} zijn",
    "less_than_equal": "dit mag hoogstens {le} zijn",
    "less_than": "dit moet minder dan {lt} zijn",
    "enum": "kies een van: {expected}",
    "literal_error": "kies een van: {expected}",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "time_type": _TIME,
    "time_parsing": _TIME,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": "dit tijdstip noemt geen tijdzone",
    "list_type": "dit moet een lijst zijn",
    "dict_type": "dit moet een object zijn",
    "model_attributes_type": "dit moet een object zijn",
    "model_type": "dit moet een object zijn",
    "too_short": "dit zijn er te weinig (minstens {min_length})",
    "too_long": "dit zijn er te veel (hoogstens {max_length})",
}


def field_message(error: Mapping[str, Any]) -> str:
    """The Dutch message of one of pydantic's errors; never holds the input itself."""
    context = error.get("ctx", {})
    if error["type"] == _OWN and isinstance(context.get("error"), ValueError):
        return str(context["error"])
    if error["type"] == "string_too_short" and context.get("min_length") == 1:
        return "dit mag niet leeg zijn"
    expected = str(context.get("expected", "")).replace(" or ", " of ")
    return _WORDS.get(error["type"], _OTHER).format(**{**context, "expected": expected})

"""How a person is shown in a plan and in a decision: the full name, and the number or code."""

from services.importer.domain.roster import Fields

_NAMES = ("given_name", "prefix", "family_name")
_NUMBERS = ("pupil_number", "employee_code")
SHOWN_BY = frozenset((*_NAMES, *_NUMBERS))


def full_name(fields: Fields) -> str:
    """All of the name that is known, on one line."""
    return " ".join(filter(None, map(fields.get, _NAMES)))


def label_of(fields: Fields) -> str:
    """How a person is shown; `named_in` takes the name out again."""
    name = full_name(fields)
    number = next(filter(None, map(fields.get, _NUMBERS)), None)
    return f"{name} ({number})" if number else name


def named_in(label: str) -> str:
    """The full name in the label of somebody who has a number."""
    return label.rpartition(" (")[0]

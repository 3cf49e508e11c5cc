"""The query parameters that the collections share."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from services.sandbox.connect.errors import ConnectError

MAX_AMOUNT = 200
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Query:
    """A query, read and checked."""

    peil: str | None
    veldpermissies: bool
    uuids: frozenset[str]
    subject: str | None
    stamgroep: bool | None
    offset: int
    amount: int | None

    @property
    def is_page(self) -> bool:
        """Tell whether it asks for what comes next, whoever that is."""
        return not self.uuids and self.subject is None


def read_query(query_string: str) -> Query:
    """Read a query string.

    Raises:
        ConnectError: 400 when a value cannot be what it should be.
    """
    given = parse_qs(query_string, keep_blank_values=True)
    last = {key: values[-1] for key, values in given.items()}
    peil = last.get("peilschooljaar")
    if peil not in {None, "HUIDIG", "VOLGEND"}:
        raise ConnectError(400, "peilschooljaar is HUIDIG of VOLGEND")
    return Query(
        peil=peil,
        veldpermissies=_flag(last, "veldpermissies") is True,
        uuids=frozenset(uuid.lower() for uuid in given.get("uuid", [])),
        subject=last.get("subject"),
        stamgroep=_flag(last, "stamgroep"),
        offset=_number(last, "offset", 0) or 0,
        amount=_number(last, "amount", None),
    )


def _flag(given: dict[str, str], name: str) -> bool | None:
    if name not in given:
        return None
    if given[name].lower() not in FLAGS:
        raise ConnectError(400, f"{name} is true of false")
    return FLAGS[given[name].lower()]


def _number(given: dict[str, str], name: str, default: int | None) -> int | None:
    value = given.get(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit():
        raise ConnectError(400, f"{name} is een getal van 0 of meer")
    return int(value)

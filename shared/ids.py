"""Identifiers: UUIDv7 for our own rows, and the Dutch codes of schools."""

import re
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, StringConstraints
from uuid_utils.compat import uuid7

_BRIN = re.compile(r"[0-9]{2}[A-Z]{2}")
_VESTIGING_CODE = re.compile(r"[0-9]{2}[A-Z]{2}[0-9]{2}")


def new_id() -> UUID:
    """A UUIDv7: unique, and ordered by the time it was made (RFC 9562, section 5.7)."""
    return uuid7()


def normalise_brin(text: str) -> str:
    """A BRIN4 as DUO writes it, 2 digits and 2 capitals; ValueError otherwise."""
    brin = text.strip().upper()
    if not _BRIN.fullmatch(brin):
        msg = "een BRIN-nummer bestaat uit 2 cijfers en 2 letters, bijvoorbeeld 12AB"
        raise ValueError(msg)
    return brin


def is_vestiging_code(text: str) -> bool:
    """Whether a text is a vestigingscode (BRIN6): a BRIN and two digits."""
    return _VESTIGING_CODE.fullmatch(text) is not None


def _vestiging_code(text: str) -> str:
    code = text.strip().upper()
    if not is_vestiging_code(code):
        msg = "een vestigingscode is een BRIN-nummer met 2 cijfers, bijvoorbeeld 12AB00"
        raise ValueError(msg)
    return code


Brin = Annotated[str, StringConstraints(max_length=16), AfterValidator(normalise_brin)]
VestigingCode = Annotated[str, StringConstraints(max_length=16), AfterValidator(_vestiging_code)]

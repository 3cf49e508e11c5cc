"""Fields of requests, each with the Dutch words that refuse a value."""

import re
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, StringConstraints

from shared.ids import is_vestiging_code

# What a browser takes for an address (WHATWG HTML, "valid e-mail address"), with a dot in its
# domain: all of it ASCII, so that every mail server can be handed it.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")


def _one_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        msg = "vul één e-mailadres in, bijvoorbeeld beheer@school.nl"
        raise ValueError(msg)
    return text


def _vestiging_code(text: str) -> str:
    code = text.strip().upper()
    if not is_vestiging_code(code):
        msg = "een vestigingscode is een BRIN-nummer met 2 cijfers, bijvoorbeeld 12AB00"
        raise ValueError(msg)
    return code


def _slug(text: str) -> str:
    if not _CODE.fullmatch(text):
        msg = "een productcode bestaat uit kleine letters, cijfers en streepjes"
        raise ValueError(msg)
    return text


Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_one_address),
]
VestigingCode = Annotated[str, StringConstraints(max_length=16), AfterValidator(_vestiging_code)]
ProductCode = Annotated[str, AfterValidator(_slug)]
CodeInPath = Annotated[ProductCode, Path(examples=["numo"])]

"""Fields of requests, each with the Dutch words that refuse a value."""

import re
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, StringConstraints

from shared.ids import is_vestiging_code

_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")


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


VestigingCode = Annotated[str, StringConstraints(max_length=16), AfterValidator(_vestiging_code)]
ProductCode = Annotated[str, AfterValidator(_slug)]
CodeInPath = Annotated[ProductCode, Path(examples=["numo"])]

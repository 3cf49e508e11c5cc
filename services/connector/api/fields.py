"""Fields of requests, each with the Dutch words that refuse a value."""

import re
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator

_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")


def _slug(text: str) -> str:
    if not _CODE.fullmatch(text):
        msg = "een productcode bestaat uit kleine letters, cijfers en streepjes"
        raise ValueError(msg)
    return text


ProductCode = Annotated[str, AfterValidator(_slug)]
CodeInPath = Annotated[ProductCode, Path(examples=["numo"])]

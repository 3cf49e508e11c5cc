"""An e-mail address in a request, with the Dutch words that refuse one."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

# What a browser takes for an address (WHATWG HTML, "valid e-mail address"), with a dot in its
# domain: all of it ASCII, so that every mail server can be handed it.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _one_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        msg = "vul één e-mailadres in, bijvoorbeeld beheer@school.nl"
        raise ValueError(msg)
    return text


Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_one_address),
]

"""Text that people write and are shown: one line, without characters that nobody can see."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

# Control characters (Postgres cannot store NUL) and halves of surrogate pairs (not encodable).
_REFUSED = frozenset({"Cc", "Cs"})


def _visible(text: str) -> str:
    if any(unicodedata.category(sign) in _REFUSED for sign in text):
        msg = "de tekst bevat een teken dat niet kan worden bewaard"
        raise ValueError(msg)
    return text


def _visible_secret(secret: SecretStr) -> SecretStr:
    _visible(secret.get_secret_value())
    return secret


OneLine = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_visible),
]
# A secret that somebody hands us: kept to the letter, its spaces too.
OneLineSecret = Annotated[
    SecretStr, Field(min_length=1, max_length=2000), AfterValidator(_visible_secret)
]

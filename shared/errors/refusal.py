"""The exception behind every problem+json answer."""

from dataclasses import dataclass, field
from typing import Any

from shared.errors.codes import ErrorCode


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with one field; `message` is Dutch and holds no personal data."""

    field: str
    message: str


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a defect
    """A request that is refused: which code, and what is worth adding to it.

    `detail` replaces the registry's Dutch text where more can be said; `extra` holds further
    members of the problem document (RFC 9457, section 3.2). Neither holds personal data.
    """

    error: ErrorCode
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.error.code

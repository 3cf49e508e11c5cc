"""Faults that a test or a demo switches on: which request gets which."""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal[
    "latency",
    "status",
    "drop",
    "truncate",
    "html_maintenance",
    "rate_limit",
    "repeat_row",
    "skip_row",
    "expire_token",
    "unknown_field",
    "missing_field",
    "wrong_type",
]


class FaultRule(BaseModel):
    """One rule: a kind of fault for requests whose path matches."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: str = ".*"
    kind: Kind
    times: int | None = Field(default=None, ge=1)
    after: int = Field(default=0, ge=0)
    seconds: float = Field(default=1.0, ge=0)
    status: int = Field(default=503, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    field: str | None = None
    all_rows: bool = False

    @field_validator("match")
    @classmethod
    def check_regex(cls, value: str) -> str:
        """Refuse what is not a regular expression."""
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value


@dataclass(slots=True)
class Counted:
    """A rule with how often it was met and how often it struck."""

    rule: FaultRule
    seen: int = 0
    struck: int = 0

    def meets(self, path: str, query: str) -> bool:
        """Count a request, and tell whether the fault strikes it."""
        target = f"{path}?{query}" if query else path
        if not re.search(self.rule.match, path) and not re.search(self.rule.match, target):
            return False
        self.seen += 1
        if self.seen <= self.rule.after:
            return False
        if self.rule.times is not None and self.struck >= self.rule.times:
            return False
        self.struck += 1
        return True


class FaultRules:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: list[Counted] = []

    def replace(self, rules: list[FaultRule]) -> None:
        """Put these rules in force, and no others."""
        self._rules = [Counted(rule) for rule in rules]

    def take(self, path: str, query: str) -> list[FaultRule]:
        """Give the faults that strike a request."""
        return [counted.rule for counted in self._rules if counted.meets(path, query)]

    def describe(self) -> list[dict[str, object]]:
        """Show the rules with their counts."""
        return [c.rule.model_dump() | {"seen": c.seen, "struck": c.struck} for c in self._rules]

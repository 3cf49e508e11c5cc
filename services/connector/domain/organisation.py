"""Which organisation a school is, among those that Somtoday lists.

The id never comes from a school's own input: whoever typed another school's id would read
that school's pupils (Somtoday Connect, "organisatie").
"""

from collections.abc import Sequence
from uuid import UUID

from services.connector.domain.candidate import Candidate
from services.connector.domain.verdict import Problem


def candidates_of(
    brin: str, both: Sequence[Candidate], by_brin: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """Every organisation with this BRIN, by name, each once: what ops may choose from."""
    found = {candidate.id: candidate for candidate in (*both, *by_brin) if _has(candidate, brin)}
    return tuple(sorted(found.values(), key=lambda candidate: (candidate.name, candidate.id)))


def choose_organisation(
    brin: str,
    name: str,
    both: Sequence[Candidate],
    by_brin: Sequence[Candidate],
    chosen: UUID | None = None,
) -> UUID | Problem:
    """The one organisation with this BRIN and name, or why there is not exactly one.

    Somtoday's name filter also matches the names of vestigingen, which its answer leaves out;
    so `both` is what it found by BRIN and name, and `by_brin` what it found by BRIN alone. What
    ops chose goes first for as long as Somtoday lists it with this BRIN.
    """
    if chosen in {candidate.id for candidate in candidates_of(brin, both, by_brin)}:
        return chosen
    found = {candidate.id: candidate for candidate in both if _has(candidate, brin)}
    if len(found) > 1:
        exact = [c for c in found.values() if c.name.casefold() == name.casefold()]
        found = {c.id: c for c in exact} or found
    if len(found) == 1:
        return next(iter(found))
    if found:
        return Problem.ORGANISATION_AMBIGUOUS
    if any(_has(candidate, brin) for candidate in by_brin):
        return Problem.ORGANISATION_NAME_DIFFERS
    return Problem.ORGANISATION_UNKNOWN


def _has(candidate: Candidate, brin: str) -> bool:
    return brin in {known.upper()[: len(brin)] for known in candidate.brins}

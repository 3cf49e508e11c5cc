"""Of what a document speaks: only there may absence mean "gone"."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from shared.roster.document import GroupKind, Header, MemberRole, PersonRole, ProblemRecord

CSV_SOURCE = "csv"
# The note of a file that says how long it is, and is: only that proves a file to be whole.
LIST_COUNTED = "list_counted"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The kinds that a document holds completely, and whom it lacks all the same.

    `spared` are the source's keys of rows that it could not read: they are there. Where even the
    key could not be read, anybody of that kind may be the one. A CSV is a list of pupils, whatever
    it claims: it shows in which stamgroep each is, but holds no lesgroepen, no mentors, no class
    without pupils, and never all employees.
    """

    roles: frozenset[PersonRole]
    kinds: frozenset[GroupKind]
    member_roles: frozenset[MemberRole]
    lists_empty_groups: bool
    spared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, header: Header, problems: Iterable[ProblemRecord] = ()) -> Self:
        """What a header claims, less what the problems of the document take from it."""
        lacking = [problem for problem in problems if problem.missing is not None]
        claimed = set(header.complete_for) - {p.missing for p in lacking if p.key is None}
        is_list = header.source == CSV_SOURCE
        roles = (PersonRole.PUPIL,) if is_list else tuple(PersonRole)
        kinds = (GroupKind.STAMGROEP,) if is_list else tuple(GroupKind)
        return cls(
            roles=frozenset(role for role in roles if role in claimed),
            kinds=frozenset(kind for kind in kinds if kind in claimed),
            member_roles=frozenset({MemberRole.PUPIL} if is_list else MemberRole),
            lists_empty_groups=not is_list,
            spared=frozenset(problem.key for problem in lacking if problem.key is not None),
        )

"""Of what a document speaks: only there may absence mean "gone"."""

from dataclasses import dataclass
from typing import Self

from shared.roster.document import GroupKind, Header, MemberRole, PersonRole

CSV_SOURCE = "csv"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The kinds that a document holds completely.

    A CSV is a list of pupils, whatever it claims: it shows in which stamgroep each is, but holds
    no lesgroepen, no mentors, no class without pupils, and never all employees.
    """

    roles: frozenset[PersonRole]
    kinds: frozenset[GroupKind]
    member_roles: frozenset[MemberRole]
    lists_empty_groups: bool

    @classmethod
    def of(cls, header: Header) -> Self:
        """What a header claims."""
        claimed = set(header.complete_for)
        is_list = header.source == CSV_SOURCE
        roles = (PersonRole.PUPIL,) if is_list else tuple(PersonRole)
        kinds = (GroupKind.STAMGROEP,) if is_list else tuple(GroupKind)
        return cls(
            roles=frozenset(role for role in roles if role in claimed),
            kinds=frozenset(kind for kind in kinds if kind in claimed),
            member_roles=frozenset({MemberRole.PUPIL} if is_list else MemberRole),
            lists_empty_groups=not is_list,
        )

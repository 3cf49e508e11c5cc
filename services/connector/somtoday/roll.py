"""Who was met already and in which group, so that nothing is said twice.

Only ids are kept, and pairs only where a person shows up at more than one vestiging: memory
stays flat in the size of a school.
"""

from collections import defaultdict
from collections.abc import Iterable

from shared.roster.document import MemberRole, MembershipRecord


class Roll:
    """The bookkeeping of one walk through a school's vestigingen, each known by a number."""

    def __init__(self, sites: int) -> None:
        """Begin with nobody met."""
        self._home: dict[str, int] = {}
        self._met: list[set[str]] = [set() for _ in range(sites)]
        self._crossed: set[tuple[str, str]] = set()
        self._leads: defaultdict[str, set[tuple[str, MemberRole]]] = defaultdict(set)
        self._named: set[str] = set()
        self._led: defaultdict[str, set[tuple[str, MemberRole]]] = defaultdict(set)

    def group(self, group: str, at: int, leaders: Iterable[str], role: MemberRole) -> bool:
        """Note a group and who leads it; whether it is new."""
        new = group not in self._home
        self._home.setdefault(group, at)
        for leader in leaders:
            self._leads[leader].add((group, role))
        return new

    def is_group(self, group: str) -> bool:
        """Whether a group was noted."""
        return group in self._home

    def leads(self, person: str) -> bool:
        """Whether a group that was noted names somebody as its teacher or mentor."""
        return person in self._leads or person in self._led

    def name(self, pupils: Iterable[str]) -> None:
        """Note the pupils whom a group names, to be met or accounted for in the end."""
        for met in filter(None, self._met):
            pupils = [pupil for pupil in pupils if pupil not in met]
        self._named.update(pupils)

    def account_for(self, pupil: str) -> None:
        """Note a pupil whose row came but could not be read."""
        self._named.discard(pupil)

    def unmet(self) -> list[str]:
        """Pupils whom groups name and no page held: pages shifted while they were read."""
        return sorted(self._named)

    def meet(self, person: str, at: int) -> bool:
        """Note a person; whether they were met nowhere before."""
        before = self._is_met(person)
        self._met[at].add(person)
        # Whoever is met needs no second copy of the id among those who are yet to be met.
        self._named.discard(person)
        return not before

    def pupil_in(self, person: str, groups: Iterable[str], at: int) -> list[MembershipRecord]:
        """The memberships that a pupil's row adds; groups outside the koppeling are left out."""
        added = [group for group in dict.fromkeys(groups) if self._adds(person, group, at)]
        return [
            MembershipRecord(person=person, group=group, role=MemberRole.PUPIL) for group in added
        ]

    def employee_in(self, person: str, teaches: Iterable[str]) -> list[MembershipRecord]:
        """The memberships that an employee's row adds to what the groups said of them."""
        own = {(group, MemberRole.TEACHER) for group in teaches if group in self._home}
        added = (self._leads.pop(person, set()) | own) - self._led[person]
        self._led[person] |= added
        return [
            MembershipRecord(person=person, group=group, role=role) for group, role in sorted(added)
        ]

    def _is_met(self, person: str) -> bool:
        return any(person in met for met in self._met)

    def _adds(self, person: str, group: str, at: int) -> bool:
        home = self._home.get(group)
        if home is None or (person, group) in self._crossed:
            return False
        if home == at:
            return True
        if person in self._met[home]:
            return False
        self._crossed.add((person, group))
        return True

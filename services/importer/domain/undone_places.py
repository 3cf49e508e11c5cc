"""What becomes of people's places, their memberships, when an import is taken back.

There is one class, and for a pupil one group of a vak: what somebody had of these and what they got
instead belong together. What cannot be brought back of it is asked, and all of it left as it is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from services.importer.domain.roster import Membership, Roster
from shared.roster.document import GroupKind, MemberRole

_Slot = tuple[UUID, MemberRole, UUID | str]


class Verdict(Enum):
    """What becomes of a place that does not stay as it is."""

    BEGINS = "begins"
    ENDS = "ends"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of people and groups: brought back, leaving, or asked and left as they are.

    Of those that are asked, some `came` by the import that is taken back.
    """

    back: AbstractSet[UUID]
    leaving: AbstractSet[UUID]
    asked: AbstractSet[UUID]
    came: AbstractSet[UUID]


@dataclass(frozen=True, slots=True)
class Since:
    """What came after an import: memberships that began or ended, and people who were merged.

    What `ended` ran when the import was done, and what `begun` did not.
    """

    begun: Collection[UUID] = ()
    ended: Collection[UUID] = ()
    merged: Collection[UUID] = ()


class UndonePlaces:
    """The places that an import gave and took, and those that began or ended since."""

    def __init__(self, roster: Roster, before: Mapping[UUID, bool], since: Since) -> None:
        """`before` says of memberships if they ran; what is so is left out, as it needs nothing."""
        self._roster = roster
        by_id = {one.id: one for one in roster.memberships.values()}
        found = [(by_id[which], ran) for which, ran in before.items() if which in by_id]
        self._taken = [one for one, ran in found if ran and not one.active]
        self._given = [one for one, ran in found if one.active and not ran]
        # What is by now as the import found it is in the way of nothing that it gave or took.
        begun, ended = (
            [by_id[which] for which in ids if which in by_id and which not in before]
            for ids in (since.begun, since.ended)
        )
        self._later = [one for one in begun if one.active]
        self._lost = {self._slot(one) for one in ended if not one.active}

    def not_free(self, fate: Fate) -> set[UUID]:
        """The groups that somebody came into since, or keeps a place in, who does not leave."""
        hindered = self._hindered(fate)
        kept = [one for one in self._given if self._is_kept(one, fate, hindered)]
        stay = (one for one in [*self._later, *kept] if one.person_id not in fate.leaving)
        return {one.group_id for one in stay}

    def verdicts(self, fate: Fate) -> Iterator[tuple[Membership, Verdict]]:
        """What becomes of each place, but for those that stay, or go with their person or group."""
        hindered = self._hindered(fate)
        asked = {self._slot(one) for one in self._taken}
        for one in _here(self._given, fate):
            if not self._is_kept(one, fate, hindered):
                yield one, Verdict.ENDS
            # It is asked by what cannot begin again, if there is any.
            elif one.person_id not in fate.came and self._slot(one) not in asked:
                yield one, Verdict.ASKED
        for one in _here(self._taken, fate):
            if self._slot(one) not in hindered:
                yield one, Verdict.BEGINS
            # Of whom something is asked already, what is not there is not asked as well.
            elif self._is_there(one, fate) or fate.asked.isdisjoint((one.person_id, one.group_id)):
                yield one, Verdict.ASKED

    def _is_kept(self, one: Membership, fate: Fate, hindered: Collection[_Slot]) -> bool:
        """Whether somebody would lose it who stays, or who cannot have back what it came for."""
        return one.person_id in fate.came or self._slot(one) in hindered

    def _hindered(self, fate: Fate) -> set[_Slot]:
        """Where somebody has another place since, or had one in what is not there any more."""
        later = {self._slot(one) for one in self._later}
        gone = {self._slot(one) for one in self._taken if not self._is_there(one, fate)}
        return later | gone | self._emptied(fate)

    def _emptied(self, fate: Fate) -> set[_Slot]:
        """Where nothing would be left, though something was there beside what the import gave."""
        slots = self._lost & {self._slot(one) for one in self._given}
        if not slots:
            return slots
        ending = {one.id for one in self._given}
        rest = (
            one
            for one in self._roster.memberships.values()
            if one.active and one.id not in ending and one.group_id not in fate.leaving
        )
        return slots - {self._slot(one) for one in (*self._taken, *rest)}

    def _is_there(self, one: Membership, fate: Fate) -> bool:
        person = self._roster.people[one.person_id]
        group = self._roster.groups[one.group_id]
        return all(row.active or row.id in fate.back for row in (person, group))

    def _slot(self, one: Membership) -> _Slot:
        """What somebody has one of."""
        group = self._roster.groups[one.group_id]
        vak = group.fields.get("vak") if one.role is MemberRole.PUPIL else None
        is_class = group.kind is GroupKind.STAMGROEP
        return one.person_id, one.role, group.kind.value if is_class else vak or group.id


def _here(places: Iterable[Membership], fate: Fate) -> Iterator[Membership]:
    """Those of which neither person nor group leaves."""
    return (one for one in places if fate.leaving.isdisjoint((one.person_id, one.group_id)))

"""The stated doelgroep: whom a school or ops said that a koppeling is about.

Somtoday does not show the doelgroep that a school chose there and has no such filter in its
calls, so what was agreed is enforced here, by the rule that Somtoday itself has for vakken
(Connect 14.10.0, "breedtepermissies"): only those lesgroepen, only the pupils in them, only who
leads them. What cannot be seen to be inside is outside.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shared.roster.document import GroupKind, GroupRecord, PersonRecord

Limit = frozenset[str] | None


@dataclass(frozen=True)
class Doelgroep:
    """Vestigingen by vestigingscode, and onderwijssoorten, leerjaren, vakken; None is all."""

    vestigingen: Limit = None
    onderwijssoorten: Limit = None
    leerjaren: Limit = None
    vakken: Limit = None

    @classmethod
    def stated(
        cls,
        vestigingen: Iterable[str] | None = None,
        onderwijssoorten: Iterable[str] | None = None,
        leerjaren: Iterable[int] | None = None,
        vakken: Iterable[str] | None = None,
    ) -> "Doelgroep":
        """A doelgroep as ops write it; capitals and spaces around a word do not count."""
        return cls(
            _limit(vestigingen),
            _limit(onderwijssoorten),
            None if leerjaren is None else _limit(map(str, leerjaren)),
            _limit(vakken),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the vestigingen limits it."""
        return (self.onderwijssoorten, self.leerjaren, self.vakken) != (None, None, None)

    def codes_inside(self, codes: Collection[str]) -> tuple[str, ...]:
        """Which vestigingscodes of a vestiging are inside; none means that it is not."""
        return tuple(code for code in codes if _admits(self.vestigingen, code))

    def admits_vestiging(self, codes: Collection[str]) -> bool:
        """Whether a vestiging is inside; one without any code only when none was stated."""
        return self.vestigingen is None or bool(self.codes_inside(codes))

    def admits_group(self, group: GroupRecord, *, has_insider: bool) -> bool:
        """Whether a group is inside.

        `has_insider` tells of a stamgroep whether it names a pupil of an admitted lesgroep: with
        vakken stated it is a class of the doelgroep only then.
        """
        fields = group.fields
        if not self._admits_year(fields.get("onderwijssoort"), fields.get("leerjaar")):
            return False
        if self.vakken is None:
            return True
        if group.group_kind is GroupKind.LESGROEP:
            return _admits(self.vakken, fields.get("vak"))
        return has_insider

    def admits_pupil(self, pupil: PersonRecord, *, in_lesgroep: bool) -> bool:
        """Whether a pupil is inside, by today's plaatsing.

        `in_lesgroep` tells whether one of the pupil's lesgroepen was admitted.
        """
        fields = pupil.fields
        year = self._admits_year(fields.get("onderwijssoort"), fields.get("leerjaar"))
        return year and (self.vakken is None or in_lesgroep)

    def admits_employee(self, *, leads: bool) -> bool:
        """Whether an employee is inside: everyone, or who teaches or mentors an admitted group."""
        return leads or not self.is_narrowed

    def _admits_year(self, onderwijssoort: str | None, leerjaar: str | None) -> bool:
        return _admits(self.onderwijssoorten, onderwijssoort) and _admits(self.leerjaren, leerjaar)


EVERYBODY = Doelgroep()


def same_word(word: str) -> str:
    """A word as it is compared: schools and Somtoday write HAVO, havo and ` havo `."""
    return word.strip().casefold()


def _limit(words: Iterable[str] | None) -> Limit:
    return None if words is None else frozenset(map(same_word, words))


def _admits(limit: Limit, word: str | None) -> bool:
    return limit is None or (word is not None and same_word(word) in limit)

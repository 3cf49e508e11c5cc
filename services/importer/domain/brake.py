"""A brake: a named reason to stop a plan until somebody confirms it, and its Dutch sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from shared.roster.document import GroupKind, MemberRole, PersonRole


class Scope(StrEnum):
    """Of what a share is taken."""

    SCHOOL = "school"
    VESTIGING = "vestiging"
    KLAS = "klas"
    ROLE = "role"


class About(StrEnum):
    """What is counted: who would be archived, or what would change of those who stay."""

    ARCHIVE = "archive"
    UPDATE = "update"


class BrakeCode(StrEnum):
    """Why a plan is held; never renamed."""

    MANY_ARCHIVED = "many_archived"
    MANY_UPDATED = "many_updated"
    EMAIL_DOMAIN_CHANGED = "email_domain_changed"
    NAME_CASE_CHANGED = "name_case_changed"
    SCHOOL_YEAR_TURNED = "school_year_turned"
    MANY_WITHOUT_GROUP = "many_without_group"
    VESTIGING_VANISHED = "vestiging_vanished"
    ADMINISTRATOR_ARCHIVED = "administrator_archived"
    MANY_MEMBERSHIPS_ENDED = "many_memberships_ended"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share that holds a plan: reached by so many per cent of at least so many people.

    Both are inclusive: with 20 and 10 a plan is held by the tenth of fifty, not by the ninth, and
    by the twentieth of a hundred, not by the nineteenth.
    """

    percent: int = 20
    at_least: int = 10

    def is_reached(self, affected: int, total: int) -> bool:
        """Whether so many of so many are too many."""
        return affected >= self.at_least and affected * 100 >= self.percent * total


@dataclass(frozen=True, slots=True)
class Brake:
    """What of a plan was held: `affected` of `total` in one scope; holds no personal data.

    `value` names the vestiging, klas or role; `field` the field of an update, or the kind of group
    of which people lose their last; `subject_id` the one person of a brake that is about whoever
    looks, and so is never stored. A `dormant` one counts what a choice can make of the plan at
    worst: it holds nothing before so much is chosen. With `but_rises` it counts no leerjaar that
    rises by one, as when a schooljaar turns. One `of_choice` tells how many a choice makes of it.
    """

    code: BrakeCode
    about: About
    scope: Scope
    affected: int
    total: int
    threshold: Threshold
    value: str | None = None
    field: str | None = None
    subject_id: UUID | None = None
    dormant: bool = False
    but_rises: bool = False
    of_choice: bool = False

    @classmethod
    def of_administrator(cls, person_id: UUID) -> Self:
        """The brake on archiving oneself."""
        code, once = BrakeCode.ADMINISTRATOR_ARCHIVED, Threshold(percent=100, at_least=1)
        return cls(code, About.ARCHIVE, Scope.SCHOOL, 1, 1, once, subject_id=person_id)

    @property
    def key(self) -> str:
        """Names the brake within its plan: that on archiving oneself is each one's own."""
        return f"{self._name}={self.affected}" if self.of_choice else self._name

    @property
    def _name(self) -> str:
        whose = None if self.subject_id is None else str(self.subject_id)
        parts = (self.code, self.scope, self.value, self.field, whose)
        return ":".join(part for part in parts if part is not None)

    def when_chosen(self, chosen: int) -> Self:
        """The brake as it is told when so many are chosen: of a plan as a whole never fewer."""
        # No choice makes more of archives.
        if self.about is About.ARCHIVE or (chosen <= self.affected and not self.dormant):
            return self
        return replace(self, affected=chosen, of_choice=True)

    def is_let_pass_by(self, key: str) -> bool:
        """Whether who let pass what this key names let pass as many as it tells now."""
        number = self._number_in(key)
        return key == self.key if number is None else number >= self.affected

    def is_named(self, key: str) -> bool:
        """Whether a key is this brake's, however many are chosen."""
        return key == self._name or self._number_in(key) is not None

    def _number_in(self, key: str) -> int | None:
        name, _, number = key.rpartition("=")
        # A klas may be called `a=3`.
        is_of_choice = name == self._name and self.about is About.UPDATE and number.isdecimal()
        return int(number) if is_of_choice else None

    @property
    def counts(self) -> tuple[object, ...]:
        """What it counts: brakes of one plan that count the same are one, whatever it is called."""
        is_of_rows = self.code not in _OF_THEIR_OWN
        code = None if is_of_rows else self.code
        return code, self.about, self.scope, self.value, self.field, self.subject_id

    @property
    def is_of_groups(self) -> bool:
        """Whether it counts groups, not people."""
        return self.scope is Scope.ROLE and self.value in frozenset(GroupKind)

    def holds(self, affected: int) -> bool:
        """Whether it still holds when only so many are chosen."""
        if self.code is BrakeCode.VESTIGING_VANISHED:
            return affected >= self.affected
        if self.code is BrakeCode.ADMINISTRATOR_ARCHIVED:
            return affected > 0
        return self.threshold.is_reached(affected, self.total)

    def facts(self) -> dict[str, Any]:
        """The brake as JSON, to be kept with its plan."""
        percent, at_least = self.threshold.percent, self.threshold.at_least
        names = ("code", "about", "scope", "affected", "total", "value", "field")
        found = {name: getattr(self, name) for name in (*names, "dormant", "but_rises")}
        return found | {"percent": percent, "at_least": at_least}

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The brake that was kept so."""
        return cls(
            BrakeCode(facts["code"]),
            About(facts["about"]),
            Scope(facts["scope"]),
            facts["affected"],
            facts["total"],
            Threshold(facts["percent"], facts["at_least"]),
            facts["value"],
            facts["field"],
            dormant=facts.get("dormant", False),
            but_rises=facts.get("but_rises", False),
        )

    @property
    def sentence(self) -> str:
        """What a school administrator reads."""
        return _SENTENCES[self.code].format(
            share=f"{self.affected} van de {self.total} {self._who()}",
            field=_FIELDS.get(self.field or "", self.field),
            value=self.value,
        )

    def _who(self) -> str:
        match self.scope:
            case Scope.SCHOOL:
                return "personen van de school"
            case Scope.VESTIGING:
                return f"personen van vestiging {self.value}"
            case Scope.KLAS:
                return f"leerlingen van klas {self.value}"
            case Scope.ROLE if self.code is BrakeCode.MANY_MEMBERSHIPS_ENDED:
                return f"plaatsingen van {_MEMBERS[self.value or '']} in een groep"
            case Scope.ROLE:
                return _ROLES[self.value or ""]


# Counted by a rule of their own; all others by how many rows change.
_OF_THEIR_OWN = frozenset(
    {
        BrakeCode.MANY_WITHOUT_GROUP,
        BrakeCode.MANY_MEMBERSHIPS_ENDED,
        BrakeCode.VESTIGING_VANISHED,
        BrakeCode.ADMINISTRATOR_ARCHIVED,
    }
)
_SENTENCES = {
    BrakeCode.MANY_ARCHIVED: "{share} zouden worden gearchiveerd.",
    BrakeCode.MANY_UPDATED: "Bij {share} zou {field} veranderen.",
    BrakeCode.EMAIL_DOMAIN_CHANGED: "Bij {share} zou het domein van het e-mailadres veranderen.",
    BrakeCode.NAME_CASE_CHANGED: "Bij {share} zou {field} alleen in hoofdletters veranderen.",
    BrakeCode.SCHOOL_YEAR_TURNED: "{share} zouden een leerjaar omhoog gaan, terwijl er nu geen "
    "schooljaar begint.",
    BrakeCode.MANY_WITHOUT_GROUP: "{share} zouden in geen enkele {field} meer zitten.",
    BrakeCode.VESTIGING_VANISHED: "Vestiging {value} komt in de bron niet meer voor: {share} "
    "zouden worden gearchiveerd.",
    BrakeCode.ADMINISTRATOR_ARCHIVED: "U zou uzelf archiveren.",
    BrakeCode.MANY_MEMBERSHIPS_ENDED: "{share} zouden eindigen.",
}
_MEMBERS: dict[str, str] = {
    MemberRole.PUPIL: "leerlingen",
    MemberRole.TEACHER: "docenten",
    MemberRole.MENTOR: "mentoren",
}
_ROLES: dict[str, str] = {
    PersonRole.PUPIL: "leerlingen",
    PersonRole.EMPLOYEE: "medewerkers",
    GroupKind.STAMGROEP: "stamgroepen",
    GroupKind.LESGROEP: "lesgroepen",
}
_FIELDS = {
    "source_key": "het kenmerk in Somtoday",
    "pupil_number": "het leerlingnummer",
    "employee_code": "de docentcode",
    "given_name": "de roepnaam",
    "prefix": "het tussenvoegsel",
    "family_name": "de achternaam",
    "email": "het e-mailadres",
    "username": "de gebruikersnaam",
    "eck_id": "het ECK iD",
    "real_id": "de RealId",
    "leerjaar": "het leerjaar",
    "onderwijssoort": "de onderwijssoort",
    "vestiging_code": "de vestiging",
    "name": "de naam",
    "vak": "het vak",
    "schooljaar": "het schooljaar",
}

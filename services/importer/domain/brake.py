"""A brake: a named reason to stop a plan until somebody confirms it, and its Dutch sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Self
from uuid import UUID

from services.importer.domain.brake_words import FIELDS, MEMBERS, ROLES
from services.importer.domain.threshold import Threshold
from shared.roster.document import GroupKind


class Scope(StrEnum):
    """Of what a share is taken."""

    SCHOOL = "school"
    VESTIGING = "vestiging"
    KLAS = "klas"
    ROLE = "role"


class Place(NamedTuple):
    """One scope: `value` names the vestiging, klas or role, `vestiging` whose klas it is."""

    scope: Scope
    value: str | None = None
    vestiging: str | None = None


class About(StrEnum):
    """What is counted: who would be archived or added, or what would change of who stays."""

    ARCHIVE = "archive"
    UPDATE = "update"
    ADD = "add"


class BrakeCode(StrEnum):
    """Why a plan is held; never renamed."""

    MANY_ARCHIVED = "many_archived"
    MANY_UPDATED = "many_updated"
    EMAIL_DOMAIN_CHANGED = "email_domain_changed"
    NAME_CASE_CHANGED = "name_case_changed"
    FIELD_EMPTIED = "field_emptied"
    SCHOOL_YEAR_TURNED = "school_year_turned"
    MANY_WITHOUT_GROUP = "many_without_group"
    VESTIGING_VANISHED = "vestiging_vanished"
    ADMINISTRATOR_ARCHIVED = "administrator_archived"
    MANY_MEMBERSHIPS_ENDED = "many_memberships_ended"
    NOBODY_KNOWN = "nobody_known"


@dataclass(frozen=True, slots=True)
class Brake:
    """What of a plan was held: `affected` of `total` in one scope; holds no personal data.

    `value` names the vestiging, klas or role, and `vestiging` that of the klas; `role` is whom of a
    vestiging it counts, or else everybody; `field` the field of an update, or the kind of group
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
    vestiging: str | None = None
    role: str | None = None

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
        # Beside the scope, where no klas can have it in its name.
        scope = self.scope if self.vestiging is None else f"{self.scope}@{self.vestiging}"
        parts = (self.code, scope, self.value, self.field, whose)
        return ":".join(part for part in parts if part is not None)

    def when_chosen(self, chosen: int) -> Self:
        """The brake as it is told when so many are chosen: of a plan as a whole never fewer."""
        # No choice makes more of archives, or of additions.
        is_of_updates = self.about is About.UPDATE
        if not is_of_updates or (chosen <= self.affected and not self.dormant):
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
        return code, self.about, self.place, self.field, self.subject_id

    @property
    def place(self) -> Place:
        """Where it counts."""
        return Place(self.scope, self.value, self.vestiging)

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
        if self.code is BrakeCode.NOBODY_KNOWN:
            # Its share is that of who lacks, which no choice makes any less.
            return affected >= self.threshold.at_least
        return self.threshold.is_reached(affected, self.total)

    def facts(self) -> dict[str, Any]:
        """The brake as JSON, to be kept with its plan."""
        percent, at_least = self.threshold.percent, self.threshold.at_least
        names = ("code", "about", "scope", "affected", "total", "value", "field")
        found = {name: getattr(self, name) for name in (*names, *_LATER)}
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
            **{name: facts[name] for name in _LATER if name in facts},
        )

    @property
    def sentence(self) -> str:
        """What a school administrator reads."""
        is_of_pupils = self.code is BrakeCode.VESTIGING_VANISHED and self.role is not None
        sentence = _NO_PUPILS if is_of_pupils else _SENTENCES[self.code]
        return sentence.format(
            share=f"{self.affected} van de {self.total} {self._who()}",
            affected=self.affected,
            who=self._who(),
            field=FIELDS.get(self.field or "", self.field),
            value=self.value,
        )

    def _who(self) -> str:
        match self.scope:
            case Scope.SCHOOL:
                return "personen van de school"
            case Scope.VESTIGING:
                return f"{ROLES.get(self.role or '', 'personen')} van vestiging {self.value}"
            case Scope.KLAS:
                where = "" if self.vestiging is None else f" (vestiging {self.vestiging})"
                return f"leerlingen van klas {self.value}{where}"
            case Scope.ROLE if self.code is BrakeCode.MANY_MEMBERSHIPS_ENDED:
                return f"plaatsingen van {MEMBERS[self.value or '']} in een groep"
            case Scope.ROLE:
                return ROLES[self.value or ""]


# Counted by a rule of their own; all others by how many rows change.
_OF_THEIR_OWN = frozenset(
    {
        BrakeCode.MANY_WITHOUT_GROUP,
        BrakeCode.MANY_MEMBERSHIPS_ENDED,
        BrakeCode.VESTIGING_VANISHED,
        BrakeCode.ADMINISTRATOR_ARCHIVED,
        BrakeCode.NOBODY_KNOWN,
    }
)
# What an earlier release did not write of a brake.
_LATER = ("dormant", "but_rises", "vestiging", "role")
_SENTENCES = {
    BrakeCode.MANY_ARCHIVED: "{share} zouden worden gearchiveerd.",
    BrakeCode.MANY_UPDATED: "Bij {share} zou {field} veranderen.",
    BrakeCode.EMAIL_DOMAIN_CHANGED: "Bij {share} zou het domein van het e-mailadres veranderen.",
    BrakeCode.NAME_CASE_CHANGED: "Bij {share} zou {field} alleen in hoofdletters veranderen.",
    BrakeCode.FIELD_EMPTIED: "Bij {share} zou {field} leeg worden.",
    BrakeCode.SCHOOL_YEAR_TURNED: "{share} zouden een leerjaar omhoog gaan, terwijl er nu geen "
    "schooljaar begint.",
    BrakeCode.MANY_WITHOUT_GROUP: "{share} zouden in geen enkele {field} meer zitten.",
    BrakeCode.VESTIGING_VANISHED: "Vestiging {value} komt in de bron niet meer voor: {share} "
    "zouden worden gearchiveerd.",
    BrakeCode.ADMINISTRATOR_ARCHIVED: "U zou uzelf archiveren.",
    BrakeCode.MANY_MEMBERSHIPS_ENDED: "{share} zouden eindigen.",
    BrakeCode.NOBODY_KNOWN: "Bijna niemand van de {who} in Numo komt in de bron voor, en "
    "{affected} {who} zouden nieuw zijn: ga na of dit de gegevens van uw school zijn.",
}
_NO_PUPILS = (
    "Vestiging {value} heeft in de bron geen leerlingen meer: {share} zouden worden gearchiveerd."
)

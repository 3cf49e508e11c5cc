"""Where what was stated of a koppeling and what Somtoday shows of it do not agree.

Somtoday shows neither the doelgroep nor the dates that a school chose; what it does show (open
vestigingen, veldpermissies, what appears in a roster) is held beside what was agreed.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.connector.domain.datavelden import STRUCTURE, Dataveld, datavelden_of
from services.connector.domain.doelgroep import Doelgroep, same_word
from services.connector.domain.observation import Observed, SeenDataveld, SeenVestiging, Trait
from shared.roster.document import PersonRole


class Finding(StrEnum):
    """In what stated and observed differ; stable codes."""

    STATED_VESTIGING_NOT_OPEN = "stated_vestiging_not_open"
    VESTIGING_VANISHED = "vestiging_vanished"
    REQUIRED_DATAVELD_NOT_PERMITTED = "required_dataveld_not_permitted"
    STATED_DATAVELD_NOT_PERMITTED = "stated_dataveld_not_permitted"
    OPEN_VESTIGING_NOT_STATED = "open_vestiging_not_stated"
    ONDERWIJSSOORT_NEVER_APPEARS = "onderwijssoort_never_appears"
    LEERJAAR_NEVER_APPEARS = "leerjaar_never_appears"
    VAK_NEVER_APPEARS = "vak_never_appears"
    VESTIGING_ADDED = "vestiging_added"
    DATAVELD_ADDED = "dataveld_added"


_DUTCH = {
    Finding.STATED_VESTIGING_NOT_OPEN: "Vestiging {what} is afgesproken, maar staat in Somtoday "
    "niet open.",
    Finding.VESTIGING_VANISHED: "Vestiging {where} stond open in Somtoday, maar nu niet meer.",
    Finding.REQUIRED_DATAVELD_NOT_PERMITTED: "Bij {where} is het verplichte dataveld {what} niet "
    "toegestaan.",
    Finding.STATED_DATAVELD_NOT_PERMITTED: "Bij {where} is het optionele dataveld {what} niet "
    "toegestaan.",
    Finding.OPEN_VESTIGING_NOT_STATED: "Vestiging {where} staat open in Somtoday, maar hoort niet "
    "bij de afgesproken doelgroep; daar wordt niets opgehaald.",
    Finding.ONDERWIJSSOORT_NEVER_APPEARS: "Onderwijssoort {what} is afgesproken, maar kwam nog "
    "niet voor.",
    Finding.LEERJAAR_NEVER_APPEARS: "Leerjaar {what} is afgesproken, maar kwam nog niet voor.",
    Finding.VAK_NEVER_APPEARS: "Vak {what} is afgesproken, maar kwam nog niet voor.",
    Finding.VESTIGING_ADDED: "Vestiging {where} is later in Somtoday opengezet.",
    Finding.DATAVELD_ADDED: "Bij {where} is het dataveld {what} later toegestaan.",
}
# What somebody has to do something about; the rest is worth knowing.
WARNINGS = frozenset(
    {
        Finding.STATED_VESTIGING_NOT_OPEN,
        Finding.VESTIGING_VANISHED,
        Finding.REQUIRED_DATAVELD_NOT_PERMITTED,
        Finding.ONDERWIJSSOORT_NEVER_APPEARS,
        Finding.LEERJAAR_NEVER_APPEARS,
        Finding.VAK_NEVER_APPEARS,
    }
)
_NEVER = {
    Trait.ONDERWIJSSOORT: Finding.ONDERWIJSSOORT_NEVER_APPEARS,
    Trait.LEERJAAR: Finding.LEERJAAR_NEVER_APPEARS,
    Trait.VAK: Finding.VAK_NEVER_APPEARS,
}


@dataclass(frozen=True)
class Stated:
    """What was agreed: the doelgroep, and the datavelden of the product with those agreed upon."""

    doelgroep: Doelgroep
    required: Collection[Dataveld]
    optional: Collection[Dataveld]


@dataclass(frozen=True)
class Disagreement:
    """One difference: where, about what, of whom, and since when as far as was seen."""

    code: Finding
    vestiging: str | None = None
    subject: str | None = None
    role: PersonRole | None = None
    since: datetime | None = None

    @property
    def is_warning(self) -> bool:
        """Whether somebody has to do something."""
        return self.code in WARNINGS

    @property
    def detail(self) -> str:
        """The difference in Dutch, without personal data."""
        return _DUTCH[self.code].format(where=self.vestiging, what=self.subject)


def disagreements(stated: Stated, observed: Observed) -> list[Disagreement]:
    """Every difference, warnings first, in a fixed order."""
    found = [
        *_vestigingen(stated.doelgroep, observed),
        *_datavelden(stated, observed),
        *_never_appeared(stated.doelgroep, observed),
    ]
    order = list(Finding)
    return sorted(
        found,
        key=lambda one: (
            not one.is_warning,
            order.index(one.code),
            one.vestiging or "",
            one.subject or "",
            one.role or "",
        ),
    )


def _vestigingen(doelgroep: Doelgroep, observed: Observed) -> Iterator[Disagreement]:
    first = min((site.first_seen_at for site in observed.vestigingen), default=None)
    for site in observed.vestigingen:
        inside = doelgroep.admits_vestiging(site.codes)
        if inside and not site.is_open:
            yield Disagreement(Finding.VESTIGING_VANISHED, site.name, since=site.last_seen_at)
        if site.is_open and not inside:
            code = Finding.OPEN_VESTIGING_NOT_STATED
            yield Disagreement(code, site.name, since=site.first_seen_at)
        if site.is_open and site.first_seen_at != first:
            yield Disagreement(Finding.VESTIGING_ADDED, site.name, since=site.first_seen_at)
    seen = {same_word(code) for site in observed.vestigingen for code in site.codes}
    for code_never_seen in sorted((doelgroep.vestigingen or frozenset()) - seen):
        word = code_never_seen.upper()
        yield Disagreement(Finding.STATED_VESTIGING_NOT_OPEN, subject=word)


def _datavelden(stated: Stated, observed: Observed) -> Iterator[Disagreement]:
    read = {
        site.somtoday_id: site
        for site in observed.vestigingen
        if site.is_open and stated.doelgroep.admits_vestiging(site.codes)
    }
    for seen in observed.datavelden:
        site = read.get(seen.somtoday_id)
        code = None if site is None else _about(stated, seen)
        if site is not None and code is not None:
            since = _since(seen, site)
            yield Disagreement(code, site.name, seen.dataveld.value, seen.role, since)


def _about(stated: Stated, seen: SeenDataveld) -> Finding | None:
    needed = set(stated.required) & datavelden_of(seen.role)
    if seen.role is PersonRole.PUPIL:
        needed |= STRUCTURE
    asked = needed | (set(stated.optional) & datavelden_of(seen.role))
    if seen.dataveld not in asked:
        return None
    if seen.permitted:
        return Finding.DATAVELD_ADDED if seen.changed_at > seen.first_seen_at else None
    if seen.dataveld in needed:
        return Finding.REQUIRED_DATAVELD_NOT_PERMITTED
    return Finding.STATED_DATAVELD_NOT_PERMITTED


def _since(seen: SeenDataveld, site: SeenVestiging) -> datetime:
    return max(seen.changed_at, site.first_seen_at)


def _never_appeared(doelgroep: Doelgroep, observed: Observed) -> Iterator[Disagreement]:
    if observed.last_roster_at is None:
        return
    limits = {
        Trait.ONDERWIJSSOORT: doelgroep.onderwijssoorten,
        Trait.LEERJAAR: doelgroep.leerjaren,
        Trait.VAK: doelgroep.vakken,
    }
    for trait, limit in limits.items():
        appeared = {same_word(seen.word) for seen in observed.traits if seen.trait is trait}
        for word in sorted((limit or frozenset()) - appeared):
            yield Disagreement(_NEVER[trait], subject=word)

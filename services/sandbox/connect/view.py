"""What one koppeling shows of one vestiging: rows of ready JSON, made once and kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from services.sandbox.connect.group_objects import lesgroep, opleiding, stamgroep, vak
from services.sandbox.connect.person_objects import leerling, medewerker, plaatsing
from services.sandbox.connect.scope import Scope, build_scope
from services.sandbox.datavelden import veldpermissies
from services.sandbox.generate.model import School, Velden, Vestiging
from services.sandbox.koppeling import Koppeling
from services.sandbox.schooljaar import peil_period

WRAPPERS = {
    "leerling": "leerlingen",
    "plaatsing": "plaatsingen",
    "medewerker": "medewerkers",
    "vak": "vakken",
    "opleiding": "opleidingen",
    "lesgroep": "lesgroepen",
    "stamgroep": "stamgroepen",
}


@dataclass(frozen=True, slots=True)
class ViewKey:
    """All that a view depends on."""

    brin: str
    version: int
    koppeling: Koppeling
    vestiging: str
    peil: str | None
    today: date

    @property
    def place(self) -> tuple[str, str, str | None]:
        """Give what the views of a place have in common, whatever changes there."""
        return self.brin, self.vestiging, self.peil


@dataclass(frozen=True, slots=True)
class Row:
    """One object as JSON text, with what a query can select it by."""

    uuid: str
    text: str
    linked: bool = False


class View:
    """The rows of every resource of one vestiging, each rendered at its first use."""

    def __init__(self, school: Callable[[], School], key: ViewKey) -> None:
        self.key = key
        self.koppeling = key.koppeling
        self.today = key.today
        self._school = school
        self._rows: dict[str, list[Row]] = {}

    @cached_property
    def school(self) -> School:
        """Give the school."""
        return self._school()

    @cached_property
    def vestiging(self) -> Vestiging:
        """Give the vestiging."""
        return self.school.vestigingen[self.key.vestiging]

    @cached_property
    def scope(self) -> Scope:
        """Give what falls under the koppeling."""
        period = peil_period(self.key.peil, self.today)
        doelgroep = self.koppeling.doelgroep
        return build_scope(self.school, doelgroep, self.key.vestiging, period)

    def allowed(self, kind: str) -> frozenset[str]:
        """Give the fields of a kind that may be delivered."""
        return self.koppeling.allowed(kind)

    def rows(self, kind: str) -> list[Row]:
        """Give all rows of a resource, in a stable order."""
        if kind not in self._rows:
            self._rows[kind] = [
                Row(str(item["uuid"]), json.dumps(item, ensure_ascii=False), linked)
                for item, linked in self._items(kind)
            ]
        return self._rows[kind]

    def objects(self, kind: str) -> list[Velden]:
        """Give all objects of a resource as they are delivered, for other forms than JSON."""
        return [json.loads(row.text) for row in self.rows(kind)]

    def veldpermissies(self, kind: str) -> dict[str, object]:
        """Give the veldpermissies of a resource."""
        permissions = veldpermissies(kind, self.allowed(kind))
        if kind == "leerling":
            nested = veldpermissies("plaatsing", self.allowed("plaatsing"))
            permissions["plaatsingVeldpermissies"] = nested
        return permissions

    def _items(self, kind: str) -> list[tuple[Velden, bool]]:
        scope = self.scope
        match kind:
            case "leerling":
                made = [leerling(self, *pair) for pair in scope.leerlingen.values()]
            case "plaatsing":
                every = [p for _, places in scope.leerlingen.values() for p in places]
                made = [plaatsing(self, p) for p in every]
            case "medewerker":
                made = [medewerker(self, m) for m in scope.medewerkers.values()]
            case "lesgroep":
                groups = scope.lesgroepen.values()
                return [(lesgroep(self, g), g.stamgroep is not None) for g in groups]
            case "stamgroep":
                made = [stamgroep(self, g) for g in scope.stamgroepen.values()]
            case "vak":
                made = [vak(self, v) for v in scope.vakken.values()]
            case _:
                made = [opleiding(self, o) for o in scope.opleidingen.values()]
        return [(item, False) for item in made]

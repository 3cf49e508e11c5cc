"""The Connectkoppeling that a school's applicatiebeheerder creates, and its checks."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict

from services.sandbox.datavelden import PRODUCTS, Product
from services.sandbox.generate.model import Lesgroep, Plaatsing, School


class KoppelingRequest(BaseModel):
    """What the three steps of the page, or a test, send."""

    model_config = ConfigDict(extra="forbid")

    vestigingen: list[str] | None = None
    onderwijssoorten: list[str] = []
    leerjaren: list[int] = []
    vakken: list[str] = []
    optionele_datavelden: list[str] | None = None
    begindatum: date | None = None
    einddatum: date | None = None
    voorwaarden_geaccepteerd: bool = False
    product: str = "numo"


@dataclass(frozen=True, slots=True)
class Doelgroep:
    """Whom a koppeling is about; an empty set does not narrow."""

    vestigingen: frozenset[str]
    onderwijssoorten: frozenset[str] = frozenset()
    leerjaren: frozenset[int] = frozenset()
    vakken: frozenset[str] = frozenset()

    @property
    def is_narrowed(self) -> bool:
        """Tell whether more than the vestigingen limits the doelgroep."""
        return bool(self.onderwijssoorten or self.leerjaren or self.vakken)

    def admits(self, onderwijssoort: str, leerjaar: int) -> bool:
        """Tell whether an onderwijssoort and leerjaar fall inside."""
        return (not self.onderwijssoorten or onderwijssoort in self.onderwijssoorten) and (
            not self.leerjaren or leerjaar in self.leerjaren
        )

    def admits_lesgroep(self, group: Lesgroep, vak: str | None) -> bool:
        """Tell whether a lesgroep falls inside."""
        if self.vakken and vak not in self.vakken:
            return False
        return self.admits(group.onderwijssoort, group.leerjaar)

    def admits_plaatsing(self, place: Plaatsing) -> bool:
        """Tell whether a plaatsing falls inside, apart from vakken."""
        return self.admits(place.onderwijssoort, place.leerjaar)


@dataclass(frozen=True, slots=True)
class Koppeling:
    """A school's permission for one product, with its limits; without a date it has no bound."""

    doelgroep: Doelgroep
    product: Product
    ticked: frozenset[str]
    begindatum: date | None
    einddatum: date | None

    def is_active(self, today: date) -> bool:
        """Tell whether today lies between begin and end, both included."""
        return (self.begindatum or today) <= today and not self.ends_before(today)

    def ends_before(self, day: date) -> bool:
        """Tell whether nothing may be fetched any more on a day."""
        return self.einddatum is not None and self.einddatum < day

    def allowed(self, kind: str) -> frozenset[str]:
        """Give the fields of a kind that this koppeling delivers."""
        return self.product.allowed(kind, self.ticked)

    def describe(self, today: date) -> dict[str, object]:
        """Show the koppeling in the words of the request that made it."""
        return {
            "product": self.product.naam,
            "vestigingen": sorted(self.doelgroep.vestigingen),
            "onderwijssoorten": sorted(self.doelgroep.onderwijssoorten),
            "leerjaren": sorted(self.doelgroep.leerjaren),
            "vakken": sorted(self.doelgroep.vakken),
            "optionele_datavelden": sorted(self.ticked),
            "begindatum": self.begindatum and self.begindatum.isoformat(),
            "einddatum": self.einddatum and self.einddatum.isoformat(),
            "actief": self.is_active(today),
        }


class KoppelingError(Exception):
    """A request for a koppeling that cannot be granted; errors are (field, message)."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors))
        self.errors = errors


def make_koppeling(school: School, request: KoppelingRequest) -> Koppeling:
    """Check a request against the school and make the koppeling.

    Raises:
        KoppelingError: with one message per wrong field.
    """
    vestigingen, errors = _vestigingen(school, request.vestigingen)
    soorten = [soort.upper() for soort in request.onderwijssoorten]
    offered = {o.onderwijssoort for o in school.opleidingen.values()}
    errors += _unknown("onderwijssoorten", soorten, offered)
    leerjaren = {jaar for o in school.opleidingen.values() for jaar in o.leerjaren}
    errors += _unknown("leerjaren", request.leerjaren, leerjaren)
    errors += _unknown("vakken", request.vakken, {v.afkorting for v in school.vakken.values()})
    product = PRODUCTS.get(request.product, PRODUCTS["numo"])
    errors += _unknown("product", [request.product], set(PRODUCTS))
    errors += _unknown("optionele_datavelden", request.optionele_datavelden or [], product.optional)
    errors += _period_errors(request)
    if errors:
        raise KoppelingError(errors)
    ticked = request.optionele_datavelden
    return Koppeling(
        doelgroep=Doelgroep(
            vestigingen=vestigingen,
            onderwijssoorten=frozenset(soorten),
            leerjaren=frozenset(request.leerjaren),
            vakken=frozenset(request.vakken),
        ),
        product=product,
        ticked=product.optional if ticked is None else frozenset(ticked),
        begindatum=request.begindatum,
        einddatum=request.einddatum,
    )


def _vestigingen(
    school: School, wanted: list[str] | None
) -> tuple[frozenset[str], list[tuple[str, str]]]:
    if wanted is None:
        return frozenset(school.vestigingen), []
    if not wanted:
        return frozenset(), [("vestigingen", "Kies ten minste één vestiging.")]
    names = {v.brin6: v.uuid for v in school.vestigingen.values()}
    names |= {uuid: uuid for uuid in school.vestigingen}
    chosen = frozenset(names[key] for key in wanted if key in names)
    return chosen, _unknown("vestigingen", wanted, set(names))


def _unknown(
    field: str, given: Iterable[object], known: Collection[object]
) -> list[tuple[str, str]]:
    return [(field, f"Onbekend: {value}.") for value in given if value not in known]


def _period_errors(request: KoppelingRequest) -> list[tuple[str, str]]:
    errors = []
    begin, end = request.begindatum, request.einddatum
    if begin is not None and end is not None and end < begin:
        errors.append(("einddatum", "De einddatum ligt voor de begindatum."))
    if not request.voorwaarden_geaccepteerd:
        errors.append(("voorwaarden_geaccepteerd", "Accepteer de voorwaarden."))
    return errors

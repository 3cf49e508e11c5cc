"""Which fields exist per kind of object, and which a product may have."""

from dataclasses import dataclass

FIELDS: dict[str, tuple[str, ...]] = {
    "vestiging": ("uuid", "naam", "brins", "afkorting", "externalidentifiers"),
    "leerling": (
        "uuid", "eckid", "leerlingnummer", "roepnaam", "voornamen", "voorletters", "voorvoegsel",
        "achternaam", "geslacht", "geboortedatum", "emailadres", "mobielnummer", "telefoonnummer",
        "adres", "verzorgers", "vestiging", "plaatsingen", "lesgroepen", "vakkeuzes",
        "gebruikersnaam", "eduPersonRealId", "parnassysLeerlingNummer", "geboorteplaats",
        "geboorteland", "wenstContactViaEMail", "BSN", "isActief", "schoolVanHerkomstBrin",
        "schoolVanHerkomstNaam", "adviesSchoolVanHerkomst", "onderwijsSinds", "debiteurGegevens",
        "telefoonnummer_geheim", "adres_geheim",
    ),
    "medewerker": (
        "uuid", "eckid", "bsn", "roepnaam", "voorletters", "voorvoegsel", "achternaam", "geslacht",
        "geboortedatum", "adres", "emailadres", "werk_telefoonnummer", "prive_telefoonnummer",
        "medewerkernummer", "afkorting", "lesgroepen", "vestiging", "hoofdvestiging", "is_docent",
        "functie", "gebruikersnaam", "externnummer", "eduPersonRealId", "datum_in_dienst",
        "datum_uit_dienst", "reden_uit_dienst", "privetelefoonnummer_geheim", "adres_geheim",
    ),
    "plaatsing": (
        "uuid", "schooljaar", "startdatum", "einddatum", "leerjaar", "opleiding", "stamgroep",
        "mentoren", "digiDeliveryId", "opleidingskenmerken",
    ),
    "lesgroep": (
        "uuid", "naam", "leerlingen", "docenten", "vak", "vaknaam", "landelijke_vakcode",
        "vakuuid", "vakkeuzes", "leerjaar", "schooljaar", "onderwijssoort", "vestiging",
    ),
    "stamgroep": (
        "uuid", "omschrijving", "leerjaar", "onderwijssoort", "naam", "leerlingen", "mentoren",
    ),
    "vak": ("uuid", "afkorting", "naam"),
    "opleiding": (
        "uuid", "afkorting", "naam", "code", "landelijke_naam", "profielafkorting", "profielnaam",
        "leerjaren", "vanafschooljaar", "totschooljaar",
    ),
}  # fmt: skip

REQUIRED_LEERLING = (
    "uuid", "leerlingnummer", "roepnaam", "voorvoegsel", "achternaam", "plaatsingen", "lesgroepen",
    "vestiging", "isActief",
)  # fmt: skip
REQUIRED_MEDEWERKER = (
    "uuid", "roepnaam", "voorvoegsel", "achternaam", "afkorting", "is_docent", "medewerkernummer",
    "vestiging", "lesgroepen",
)  # fmt: skip
OPTIONAL = (
    "emailadres", "gebruikersnaam", "eckid", "eduPersonRealId", "voorletters", "geboortedatum",
)  # fmt: skip

KEYS: dict[str, dict[str, str]] = {
    "vestiging": {"digideliveryid": "externalidentifiers"},
    "leerling": {
        "externDebiteurnummer": "debiteurGegevens",
        "bankgegevens": "debiteurGegevens",
        "debiteuradres": "debiteurGegevens",
    },
    "medewerker": {
        "datumInDienst": "datum_in_dienst",
        "datumUitDienst": "datum_uit_dienst",
        "redenUitDienst": "reden_uit_dienst",
        "prive_email": "prive_email",
    },
    "plaatsing": {
        "mentor_plaatsing": "mentoren",
        "eerste_mentor_stamgroep": "mentoren",
        "tweede_mentor_stamgroep": "mentoren",
    },
    "stamgroep": {
        "eerste_mentor_stamgroep": "mentoren",
        "tweede_mentor_stamgroep": "mentoren",
    },
}
"""Keys of veldpermissies that have another name than the field they speak of."""


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """What one product declared at Somtoday: fixed fields, and fields a school may tick."""

    naam: str
    required: dict[str, frozenset[str]]
    optional: frozenset[str]

    def allowed(self, kind: str, ticked: frozenset[str]) -> frozenset[str]:
        """Give the fields of a kind that may be delivered, given what a school ticked."""
        chosen = self.optional & ticked
        return self.required[kind] | (chosen & frozenset(FIELDS[kind]))


def _numo() -> Product:
    required = {kind: frozenset(fields) for kind, fields in FIELDS.items()}
    required["leerling"] = frozenset(REQUIRED_LEERLING)
    required["medewerker"] = frozenset(REQUIRED_MEDEWERKER)
    required["lesgroep"] -= {"vakkeuzes"}
    return Product("numo", required, frozenset(OPTIONAL))


def _everything() -> Product:
    required = {kind: frozenset(fields) for kind, fields in FIELDS.items()}
    required["leerling"] = frozenset(REQUIRED_LEERLING)
    required["medewerker"] = frozenset(REQUIRED_MEDEWERKER)
    optional = frozenset(FIELDS["leerling"] + FIELDS["medewerker"])
    return Product("alles", required, optional - required["leerling"] - required["medewerker"])


PRODUCTS = {product.naam: product for product in (_numo(), _everything())}


def veldpermissies(kind: str, allowed: frozenset[str]) -> dict[str, object]:
    """Give the veldpermissies of a kind under the keys that the API uses for them."""
    renamed = KEYS.get(kind, {})
    hidden = set(renamed.values())
    keys: dict[str, object] = {
        field: field in allowed
        for field in FIELDS[kind]
        if field not in hidden and not field.endswith("_geheim")
    }
    return keys | {key: field in allowed for key, field in renamed.items()}

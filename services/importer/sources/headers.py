"""Which column of a school's file is which: Numo's own names and those of other exports.

Sources: the layouts seen at Magister and Somtoday schools; they differ per school, so case,
blanks and punctuation do not count.
"""

from dataclasses import dataclass, field

# Left: what we call it. A person's field has the name it has in the roster document.
_ALIASES = {
    "role": "rol, functie, type, soort",
    "pupil_number": "leerlingnummer, stamnr, stamnummer, stamnrstr, leerlingnr, studentnummer",
    "employee_code": "docentcode, code, medewerkercode, afkorting, docentafkorting",
    "given_name": "roepnaam, voornaam, firstname",
    "prefix": "tussenvoegsel, tussenv, tussenvoegsels, voorvoegsel, voorvoegsels, prefix",
    "family_name": "achternaam, lastname, surname",
    "email": "email, emailadres, mail, mailadres, schoolemail",
    "username": "gebruikersnaam, loginaccountnaam, login, inlognaam, username",
    "klas": "klas, stamgroep, class, klasnaam, stamklas",
    "leerjaar": "leerjaar, leerfaseleerjaar, jaarlaag",
    "onderwijssoort": "onderwijssoort, opleiding, studie, niveau, study",
    "vestiging_code": "vestiging, vestigingscode, vestigingcode, locatie, location, brin6",
    "real_id": "nledupersonrealid, edupersonrealid, realid",
    "eck_id": "eckid",
}
_FORBIDDEN = {
    "BSN": "bsn, burgerservicenummer, sofinummer, onderwijsnummer, persoonsgebondennummer, pgn",
    "geslacht": "geslacht, gender, sekse, mv",
    "geboortedatum": "geboortedatum, gebdatum, gebdatumstr, birthdate, geboorteplaats",
    "adres": "adres, straat, huisnummer, huisnr, postcode, woonplaats, plaats, land",
    "telefoon": "telefoon, telefoonnummer, mobiel, mobielnummer, telnr, phone",
    "ouders": "ouder, ouders, verzorger, verzorgers, ouder1, ouder2, verzorger1, verzorger2",
    "IBAN": "iban, rekeningnummer, bankrekening, bank",
}


def _by_alias(aliases: dict[str, str]) -> dict[str, str]:
    return {alias.strip(): name for name, text in aliases.items() for alias in text.split(",")}


_NAME_OF = _by_alias(_ALIASES)
_FORBIDDEN_NAME_OF = _by_alias(_FORBIDDEN)
# A forbidden column may come as e-mail verzorger 1, or telefoon moeder.
_FORBIDDEN_PARTS = {
    "bsn": "BSN",
    "burgerservice": "BSN",
    "geslacht": "geslacht",
    "iban": "IBAN",
    "rekening": "IBAN",
    "verzorger": "ouders",
    "ouder": "ouders",
    "moeder": "ouders",
    "vader": "ouders",
    "telefoon": "telefoon",
    "mobiel": "telefoon",
    "geboorte": "geboortedatum",
    "straat": "adres",
    "postcode": "adres",
    "woonplaats": "adres",
    "adres": "adres",
}


@dataclass
class Columns:
    """Where each known column stands, counted from 0, and what was left out."""

    width: int = 0
    at: dict[str, int] = field(default_factory=dict)
    forbidden: list[tuple[int, str]] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)


def recognise(header: list[str]) -> Columns:
    """The columns of a header line; of a repeated one the first counts."""
    found = Columns(width=len(header))
    for at, title in enumerate(header):
        plain = "".join(sign for sign in title.casefold() if sign.isalnum())
        name = _NAME_OF.get(plain)
        forbidden = None if name else _forbidden(plain)
        if forbidden is not None:
            found.forbidden.append((at, forbidden))
        elif name is None:
            found.unknown.append(at)
        elif name in found.at:
            found.repeated.append(at)
        else:
            found.at[name] = at
    return found


def _forbidden(plain: str) -> str | None:
    if plain in _FORBIDDEN_NAME_OF:
        return _FORBIDDEN_NAME_OF[plain]
    # An e-mail address is no address.
    looked_at = plain.replace("mailadres", "mail")
    return next((name for part, name in _FORBIDDEN_PARTS.items() if part in looked_at), None)

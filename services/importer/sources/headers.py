"""Which column of a school's file is which: Numo's own names and those of other exports.

Sources: the layouts seen at Magister and Somtoday schools; they differ per school, so case,
blanks and punctuation do not count.
"""

import unicodedata
from collections.abc import Sequence
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
    # When a row holds: an export of Magister has one for each period of a pupil.
    "starts_on": "begindatum, startdatum, studiebegindatum, plaatsingvanaf, datumin, datuminstr",
    "ends_on": "einddatum, studieeinddatum, plaatsingtot, datumuit, vertrekdatum, dvertrekstr",
    "schooljaar": "schooljaar, lesperiode, lesperiodekorteomschrijving, studyperiod",
}
# What a school's own title often contains, longest first. Only proposed: somebody must say yes.
_LIKELY = {
    "leerlingnummer": "pupil_number",
    "leerlingnr": "pupil_number",
    "leerlnr": "pupil_number",
    "stamnummer": "pupil_number",
    "stamnr": "pupil_number",
    "llnr": "pupil_number",
    "docentcode": "employee_code",
    "personeelscode": "employee_code",
    "roepnaam": "given_name",
    "voornaam": "given_name",
    "tussenvoegsel": "prefix",
    "voorvoegsel": "prefix",
    "achternaam": "family_name",
    "familienaam": "family_name",
    "mail": "email",
    "gebruikersnaam": "username",
    "inlognaam": "username",
    "stamgroep": "klas",
    "klas": "klas",
    "leerjaar": "leerjaar",
    "schoolsoort": "onderwijssoort",
    "opleiding": "onderwijssoort",
    "vestiging": "vestiging_code",
    "begindatum": "starts_on",
    "einddatum": "ends_on",
}
_FORBIDDEN = {
    "BSN": (
        "bsn, burgerservicenummer, sofinummer, sofinr, sofi, onderwijsnummer, "
        "persoonsgebondennummer, pgn"
    ),
    "geslacht": "geslacht, gender, sekse, mv, gesl",
    "geboortedatum": "geboortedatum, gebdatum, gebdatumstr, birthdate, geboorteplaats, geb",
    "adres": (
        "adres, straat, huisnummer, huisnr, postcode, postc, pc, woonplaats, wpl, plaats, land, "
        "address"
    ),
    "telefoon": "telefoon, mobiel, mob, mobnr, tel, telthuis, telprive, telvast, phone, gsm",
    "ouders": "ouder, ouders, verzorger, verzorgers, ouder1, ouder2, verzorger1, verzorger2",
    "IBAN": "iban, reknr, bank, bic",
}


def _by_alias(aliases: dict[str, str]) -> dict[str, str]:
    return {alias.strip(): name for name, text in aliases.items() for alias in text.split(",")}


_NAME_OF = _by_alias(_ALIASES)
_FORBIDDEN_NAME_OF = _by_alias(_FORBIDDEN)
# A forbidden column may come as e-mail verzorger 1, or telefoon moeder.
_FORBIDDEN_PARTS = {
    "bsn": "BSN",
    "burgerservice": "BSN",
    "sofinu": "BSN",
    "geslacht": "geslacht",
    "gender": "geslacht",
    "iban": "IBAN",
    "rekening": "IBAN",
    "verzorger": "ouders",
    "ouder": "ouders",
    "voogd": "ouders",
    "parent": "ouders",
    "moeder": "ouders",
    "vader": "ouders",
    "telefoon": "telefoon",
    "noodnummer": "telefoon",
    "contactpers": "ouders",
    "gebdat": "geboortedatum",
    "mobiel": "telefoon",
    "telnr": "telefoon",
    "phone": "telefoon",
    "geboorte": "geboortedatum",
    "birth": "geboortedatum",
    "straat": "adres",
    "huisnummer": "adres",
    "postcode": "adres",
    "woonplaats": "adres",
    "adres": "adres",
}


FIELDS = frozenset(_ALIASES)


@dataclass
class Columns:
    """Where each known column stands, counted from 0, and what was left out.

    `at` is certain, `likely` a guess by a part of the title; `repeated` would be a second one.
    """

    at: dict[str, int] = field(default_factory=dict)
    likely: dict[str, int] = field(default_factory=dict)
    forbidden: dict[int, str] = field(default_factory=dict)
    repeated: list[int] = field(default_factory=list)


def recognise(header: Sequence[str]) -> Columns:
    """The columns of a header line; of a repeated one the first counts."""
    found = Columns()
    guesses: list[tuple[str, int]] = []
    for at, title in enumerate(header):
        plain = plain_title(title)
        name = _NAME_OF.get(plain)
        forbidden = None if name else _forbidden(plain)
        if forbidden is not None:
            found.forbidden[at] = forbidden
        elif name in found.at:
            found.repeated.append(at)
        elif name is not None:
            found.at[name] = at
        else:
            guesses += [(guess, at) for part, guess in _LIKELY.items() if part in plain][:1]
    for guess, at in guesses:
        if guess not in found.at:
            found.likely.setdefault(guess, at)
    return found


def plain_title(title: str) -> str:
    """A title as compared: no case, blanks or punctuation."""
    # In one form: a BSN in full-width letters is one, too.
    composed = unicodedata.normalize("NFKC", title).casefold()
    return "".join(sign for sign in composed if sign.isalnum())


def _forbidden(plain: str) -> str | None:
    if plain in _FORBIDDEN_NAME_OF:
        return _FORBIDDEN_NAME_OF[plain]
    # An e-mail address is no address.
    looked_at = plain.replace("mailadres", "mail")
    return next((name for part, name in _FORBIDDEN_PARTS.items() if part in looked_at), None)

"""Which column of a school's file is which: Numo's own names and those of other exports.

Sources: the layouts seen at Magister and Somtoday schools; they differ per school, so case,
blanks and punctuation do not count.
"""

import re
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
    "family_name": "achternaam, geslachtsnaam, lastname, surname",
    "email": "email, emailadres, emailaddress, mail, mailadres, schoolemail",
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
    "BSN": "onderwijsnummer, onderwijsnr, persoonsgebondennummer, pgn, sofi",
    "geslacht": "sekse, sex, mv, gesl",
    "geboortedatum": "geb, dob",
    "adres": "postc, pc, wpl, plaats, plaatsnaam, gemeente, land, city, country, zip",
    "telefoon": "mob, mobnr, tel, telthuis, telprive, telvast, gsm",
    "ouders": "father, mother",
    "IBAN": "reknr, bic",
    "gezondheid": "zorg, zorgbehoefte, ziektes, medicatie, adhd",
    "herkomst of geloof": "nationaliteit, nat, kerk",
    "foto": "foto, pasfoto, leerlingfoto, photo",
}


def _by_alias(aliases: dict[str, str]) -> dict[str, str]:
    return {alias.strip(): name for name, text in aliases.items() for alias in text.split(",")}


_NAME_OF = _by_alias(_ALIASES)
_FORBIDDEN_NAME_OF = _by_alias(_FORBIDDEN)
# A forbidden column may come as e-mail verzorger 1, or telefoon moeder.
_FORBIDDEN_PARTS = {
    "bsn": "BSN",
    "burgerservice": "BSN",
    "sofin": "BSN",
    "geslacht": "geslacht",
    "gender": "geslacht",
    "iban": "IBAN",
    "bank": "IBAN",
    "rekening": "IBAN",
    "verzorger": "ouders",
    "ouder": "ouders",
    "voogd": "ouders",
    "parent": "ouders",
    "guardian": "ouders",
    "moeder": "ouders",
    "vader": "ouders",
    "telefoon": "telefoon",
    "noodnummer": "telefoon",
    "contactpers": "ouders",
    "gebdat": "geboortedatum",
    "mobiel": "telefoon",
    "mobile": "telefoon",
    "telnr": "telefoon",
    "phone": "telefoon",
    "geboorte": "geboortedatum",
    "birth": "geboortedatum",
    "straat": "adres",
    "street": "adres",
    "huisn": "adres",
    "postcode": "adres",
    "zipcode": "adres",
    "woonplaats": "adres",
    "adres": "adres",
    "address": "adres",
    # AVG art. 9: a school's own list may have these, and an unknown column is kept for a day.
    "medisch": "gezondheid",
    "medical": "gezondheid",
    "medicijn": "gezondheid",
    "huisarts": "gezondheid",
    "gezondheid": "gezondheid",
    "allergi": "gezondheid",
    "diagnose": "gezondheid",
    "dyslexi": "gezondheid",
    "nationalit": "herkomst of geloof",
    "religi": "herkomst of geloof",
    "geloof": "herkomst of geloof",
    "godsdienst": "herkomst of geloof",
    "gezindte": "herkomst of geloof",
    "etnici": "herkomst of geloof",
}

# Magister gives employees a stamnummer as well; these stand in a list of employees only.
_OF_EMPLOYEES = frozenset({"functieomschr", "datuminstr", "dvertrekstr"})

FIELDS = frozenset(_ALIASES)


@dataclass
class Columns:
    """Where each known column stands, counted from 0, and which Numo must not have.

    `at` is certain, `likely` a guess by a part of the title.
    """

    at: dict[str, int] = field(default_factory=dict)
    likely: dict[str, int] = field(default_factory=dict)
    forbidden: dict[int, str] = field(default_factory=dict)


def recognise(header: Sequence[str]) -> Columns:
    """The columns of a header line; of a repeated one the first counts."""
    found = Columns()
    guesses: list[tuple[str, int]] = []
    titles = list(map(plain_title, header))
    for at, plain in enumerate(titles):
        name = _NAME_OF.get(plain)
        forbidden = None if name else _forbidden(plain)
        if forbidden is not None:
            found.forbidden[at] = forbidden
        elif name is not None:
            found.at.setdefault(name, at)
        else:
            guesses += [(guess, at) for part, guess in _LIKELY.items() if part in plain][:1]
    if "employee_code" in found.at and not _OF_EMPLOYEES.isdisjoint(titles):
        found.at.pop("pupil_number", None)
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
    # One may have several: tel. 1, tel. 2.
    named = _FORBIDDEN_NAME_OF.get(plain.rstrip("0123456789"))
    if named is not None:
        return named
    # An e-mail address is no address, and a geslachtsnaam is a family name.
    looked_at = re.sub("mailad+res+", "mail", plain).replace("geslachtsnaam", "naam")
    return next((name for part, name in _FORBIDDEN_PARTS.items() if part in looked_at), None)

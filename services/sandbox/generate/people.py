"""Pupils and employees with all the values that Somtoday could hold of them."""

from datetime import date, timedelta
from random import Random

from services.sandbox.generate import names
from services.sandbox.generate.identity import derived_uuid, eckid, impossible_bsn, new_uuid, plain
from services.sandbox.generate.model import Leerling, Medewerker, School, Velden

NO_EMAIL = 0.03
NO_ECKID = 0.02


def _person(rng: Random, earliest: date, latest: date) -> Velden:
    girl = rng.random() < 0.5  # noqa: PLR2004
    first = rng.choice(names.GIRLS if girl else names.BOYS)
    second = rng.choice(names.GIRLS if girl else names.BOYS)
    prefix, last = rng.choice(names.SURNAMES)
    born = earliest + timedelta(days=rng.randrange((latest - earliest).days))
    velden: Velden = {
        "roepnaam": first,
        "voorletters": f"{first[0]}{second[0]}",
        "achternaam": last,
        "geslacht": "VROUW" if girl else "MAN",
        "geboortedatum": born.isoformat(),
        "adres": _adres(rng),
        "adres_geheim": False,
    }
    if prefix:
        velden["voorvoegsel"] = prefix
    if rng.random() >= NO_ECKID:
        velden["eckid"] = eckid(rng)
    return velden


def _adres(rng: Random) -> dict[str, str]:
    number = str(rng.randrange(1, 200))
    return {
        "postcode": f"99{rng.randrange(10, 99)}XZ",
        "straat": rng.choice(names.STREETS),
        "huisnummer": number,
        "huisnummer_zonder_toevoeging": number,
        "woonplaats": rng.choice(names.TOWNS),
        "land": "Nederland",
    }


def new_leerling(school: School, rng: Random, vestiging: str, leerjaar: int, year: int) -> Leerling:
    """Make one pupil of a fitting age and put it in the school, without a plaatsing."""
    school.last_number += rng.randrange(1, 4)
    number = school.last_number
    age = 11 + leerjaar
    velden = _person(rng, date(year - age - 1, 10, 1), date(year - age, 9, 30))
    velden |= {
        "leerlingnummer": number,
        "voornamen": f"{velden['roepnaam']} {rng.choice(names.GIRLS)}",
        "mobielnummer": "06-00000000",
        "telefoonnummer": "000-0000000",
        "telefoonnummer_geheim": False,
        "gebruikersnaam": str(number),
        "eduPersonRealId": f"{number}@{school.domein}",
        "geboorteplaats": rng.choice(names.TOWNS),
        "geboorteland": "Nederland",
        "wenstContactViaEMail": True,
        "BSN": impossible_bsn(rng),
        "onderwijsSinds": date(year - leerjaar + 1, 8, 1).isoformat(),
    }
    if rng.random() >= NO_EMAIL:
        velden["emailadres"] = f"{number}@leerling.{school.domein}"
    leerling = Leerling(new_uuid(rng), vestiging, velden)
    velden["verzorgers"] = [
        {"uuid": derived_uuid(leerling.uuid, f"verzorger{i}"), "volgnummer": i} for i in (1, 2)
    ]
    school.leerlingen[leerling.uuid] = leerling
    return leerling


def _afkorting(school: School, achternaam: str) -> str:
    taken = {m.velden["afkorting"] for m in school.medewerkers.values()}
    stem = plain(achternaam).upper().ljust(3, "X")
    options = [stem[:3], stem[0] + stem[-2:]] + [f"{stem[:2]}{i}" for i in range(1, 1000)]
    return next(option for option in options if option not in taken)


def new_medewerker(
    school: School, rng: Random, vestigingen: list[str], vakken: list[str], in_dienst: date
) -> Medewerker:
    """Make one employee and put it in the school; without vakken it does not teach."""
    velden = _person(rng, date(in_dienst.year - 62, 1, 1), date(in_dienst.year - 24, 1, 1))
    number = 70_000 + len(school.medewerkers)
    code = _afkorting(school, str(velden["achternaam"]))
    local = f"{plain(str(velden['roepnaam']))[:1]}.{plain(str(velden['achternaam']))}{number % 100}"
    velden |= {
        "emailadres": f"{local}@{school.domein}",
        "werk_telefoonnummer": "000-0000001",
        "medewerkernummer": f"Medewerker {number}",
        "afkorting": code,
        "functie": "Docent" if vakken else "Ondersteuner",
        "gebruikersnaam": code.lower(),
        "externnummer": number,
        "eduPersonRealId": f"{code.lower()}@{school.domein}",
        "bsn": impossible_bsn(rng),
    }
    medewerker = Medewerker(new_uuid(rng), vestigingen, velden, vakken, in_dienst)
    school.medewerkers[medewerker.uuid] = medewerker
    return medewerker


def add_likenesses(pupils: list[Leerling], rng: Random) -> None:
    """Give some pupils a namesake, and some a twin who shares surname, home and e-mail."""
    pairs = max(1, len(pupils) // 150)
    chosen = rng.sample(range(len(pupils)), 4 * pairs)
    for i in range(pairs):
        one, other, twin, sibling = (pupils[n].velden for n in chosen[4 * i : 4 * i + 4])
        _copy(one, other, ("roepnaam", "voorvoegsel", "achternaam"))
        _copy(twin, sibling, ("voorvoegsel", "achternaam", "geboortedatum", "adres"))
        shared = f"gezin.{twin['leerlingnummer']}@post.example"
        twin["emailadres"] = sibling["emailadres"] = shared


def _copy(source: Velden, target: Velden, fields: tuple[str, ...]) -> None:
    for name in fields:
        target.pop(name, None)
        if name in source:
            target[name] = source[name]

"""The school as a CSV file in Numo's layout, with the values that Connect delivers."""

import csv
import io

from services.sandbox.connect.view import View
from services.sandbox.generate.model import Velden

BOM = "\ufeff"
COLUMNS = (
    "rol", "leerlingnummer", "roepnaam", "tussenvoegsel", "achternaam", "email", "gebruikersnaam",
    "klas", "leerjaar", "onderwijssoort", "vestiging", "docentcode", "nlEduPersonRealId", "eckId",
)  # fmt: skip
FIELDS = {
    "leerlingnummer": "leerlingnummer",
    "roepnaam": "roepnaam",
    "tussenvoegsel": "voorvoegsel",
    "achternaam": "achternaam",
    "email": "emailadres",
    "gebruikersnaam": "gebruikersnaam",
    "docentcode": "afkorting",
    "nlEduPersonRealId": "eduPersonRealId",
    "eckId": "eckid",
}
"""Columns that hold a field of leerling or medewerker just as it is."""


def export_csv(views: list[View]) -> bytes:
    """Write the pupils and docenten that these views show, vestiging by vestiging."""
    columns = _columns(views[0])
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for view in views:
        for row in _rows(view):
            writer.writerow({column: row.get(column, "") for column in columns})
    return (BOM + file.getvalue()).encode()


def _columns(view: View) -> list[str]:
    known = view.allowed("leerling") | view.allowed("medewerker")
    return [column for column in COLUMNS if column not in FIELDS or FIELDS[column] in known]


def _rows(view: View) -> list[Velden]:
    pupils = [_copied(item, "leerling", view) | _seat(item) for item in view.objects("leerling")]
    docenten = [
        _copied(item, "docent", view) for item in view.objects("medewerker") if item["is_docent"]
    ]
    return pupils + docenten


def _copied(item: Velden, rol: str, view: View) -> Velden:
    row: Velden = {column: item[field] for column, field in FIELDS.items() if field in item}
    return row | {"rol": rol, "vestiging": view.vestiging.brin6}


def _seat(item: Velden) -> Velden:
    plaatsingen = item["plaatsingen"]
    if not isinstance(plaatsingen, list):
        return {}
    place = plaatsingen[-1]
    stamgroep = place.get("stamgroep", {})
    return {
        "klas": stamgroep.get("naam", ""),
        "leerjaar": place["leerjaar"],
        "onderwijssoort": stamgroep.get("onderwijssoort", ""),
    }

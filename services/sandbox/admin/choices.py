"""What a school has to choose from when it creates a koppeling."""

from services.sandbox.datavelden import PRODUCTS
from services.sandbox.generate.model import School, Velden


def describe(school: School) -> Velden:
    """Show a school with its vestigingen, courses, subjects and sizes."""
    return {
        "naam": school.naam,
        "brin": school.brin,
        "uuid": school.uuid,
        "vestigingen": [
            {"uuid": v.uuid, "naam": v.naam, "brin6": v.brin6} for v in school.vestigingen.values()
        ],
        "onderwijssoorten": sorted({o.onderwijssoort for o in school.opleidingen.values()}),
        "leerjaren": sorted({jaar for o in school.opleidingen.values() for jaar in o.leerjaren}),
        "vakken": dict(sorted({v.afkorting: v.naam for v in school.vakken.values()}.items())),
        "optionele_datavelden": sorted(PRODUCTS["numo"].optional),
        "leerlingen": len(school.leerlingen),
        "medewerkers": len(school.medewerkers),
        "lesgroepen": len(school.lesgroepen),
        "stamgroepen": len(school.stamgroepen),
        "weeks": school.weeks,
    }

import csv
import io
from typing import Any

import httpx

from tests.sandbox.connect_client import Connect


async def read(client: httpx.AsyncClient, brin: str = "99ZX") -> list[dict[str, str]]:
    answer = await client.get(f"/sandbox/schools/{brin}/export.csv")
    assert answer.status_code == 200
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


async def test_the_file_holds_what_connect_delivers(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    expected = []
    for site in await connect.open("99ZY"):
        for row in await connect.all(site, "leerling"):
            (place,) = row["plaatsingen"]
            stam = place["stamgroep"]
            expected.append({
                "rol": "leerling", "leerlingnummer": str(row["leerlingnummer"]),
                "klas": stam["naam"], "leerjaar": str(place["leerjaar"]),
                "onderwijssoort": stam["onderwijssoort"], "docentcode": "", **common(row),
            })  # fmt: skip
        for row in await connect.all(site, "medewerker"):
            if not row["is_docent"]:
                continue
            expected.append({
                "rol": "docent", "leerlingnummer": "", "klas": "", "leerjaar": "",
                "onderwijssoort": "", "docentcode": row["afkorting"], **common(row),
            })  # fmt: skip
    rows = await read(client, "99ZY")
    assert {row.pop("vestiging") for row in rows} == {"99ZY00", "99ZY01"}
    assert rows == expected


def common(row: dict[str, Any]) -> dict[str, str]:
    return {
        "roepnaam": row["roepnaam"],
        "tussenvoegsel": row.get("voorvoegsel", ""),
        "achternaam": row["achternaam"],
        "email": row.get("emailadres", ""),
        "gebruikersnaam": row.get("gebruikersnaam", ""),
        "nlEduPersonRealId": row.get("eduPersonRealId", ""),
        "eckId": row.get("eckid", ""),
    }


async def test_the_header_and_what_is_not_permitted(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    await connect.open()
    answer = await client.get("/sandbox/schools/99ZX/export.csv")
    assert answer.text.removeprefix("\ufeff").split("\r\n")[0] == (
        "rol;leerlingnummer;roepnaam;tussenvoegsel;achternaam;email;gebruikersnaam;klas;leerjaar;"
        "onderwijssoort;vestiging;docentcode;nlEduPersonRealId;eckId"
    )
    await connect.create(optionele_datavelden=["gebruikersnaam"], leerjaren=[1])
    rows = await read(client)
    assert {"email", "eckId", "nlEduPersonRealId"}.isdisjoint(rows[0])
    assert {row["leerjaar"] for row in rows if row["rol"] == "leerling"} == {"1"}


async def test_no_file_without_an_active_koppeling(
    client: httpx.AsyncClient, connect: Connect
) -> None:
    assert (await client.get("/sandbox/schools/99ZX/export.csv")).status_code == 409
    await connect.create(begindatum="2027-01-01")
    assert (await client.get("/sandbox/schools/99ZX/export.csv")).status_code == 409
    assert (await client.get("/sandbox/schools/99AA/export.csv")).status_code == 404

"""Instelling and vestiging: who is there, and what of it is open to the caller."""

import json

from fastapi import APIRouter, Request, Response

from services.sandbox.connect.access import sandbox_of, token_brin
from services.sandbox.connect.group_objects import permitted
from services.sandbox.connect.query import read_query
from services.sandbox.datavelden import veldpermissies
from services.sandbox.generate.model import Velden, Vestiging
from services.sandbox.generate.school import SchoolPlan

router = APIRouter(prefix="/rest/v1/connect")


def _matches(plan: SchoolPlan, brin: str, naam: str) -> bool:
    if brin and not brin.upper().startswith(plan.brin):
        # Those of its vestigingen begin with its own; of a thousand schools that is told at once.
        return False
    sites = plan.vestigingen()
    brins = {plan.brin, *(site.brin6 for site in sites)}
    names = [plan.naam, *(site.naam for site in sites)]
    return (not brin or brin.upper() in brins) and any(
        naam.casefold() in name.casefold() for name in names
    )


@router.get("/instelling")
@router.get("/instelling/")
async def list_instellingen(request: Request, brin: str = "", naam: str = "") -> Response:
    """List the organisations; the one resource that needs no token."""
    plans = sandbox_of(request).plans.values()
    found = [
        {
            "uuid": plan.uuid,
            "naam": plan.naam,
            "afkorting": "".join(word[0] for word in plan.naam.split()).lower(),
            "brins": [plan.brin],
        }
        for plan in plans
        if _matches(plan, brin, naam)
    ]
    body = json.dumps({"instellingen": found}, ensure_ascii=False)
    return Response(body, media_type="application/json")


def _vestiging(site: Vestiging, allowed: frozenset[str]) -> Velden:
    external = {"brinnr": site.brin6, "digideliveryid": site.digidelivery_id}
    item: Velden = {
        "uuid": site.uuid,
        "naam": site.naam,
        "afkorting": site.afkorting,
        "brins": [site.brin6],
        "externalidentifiers": [external],
    }
    return permitted(item, allowed)


@router.get("/vestiging")
@router.get("/vestiging/")
async def list_vestigingen(request: Request) -> Response:
    """List the vestigingen that an active koppeling opens; none is an empty list."""
    sandbox = sandbox_of(request)
    brin = token_brin(request)
    query = read_query(request.url.query)
    koppeling = sandbox.active_koppeling(brin)
    body: Velden = {"vestigingen": []}
    if koppeling:
        allowed = koppeling.allowed("vestiging")
        body["vestigingen"] = [
            _vestiging(site, allowed)
            for site in sandbox.plans[brin].vestigingen()
            if site.uuid in koppeling.doelgroep.vestigingen
            and (not query.uuids or site.uuid in query.uuids)
        ]
        if query.veldpermissies:
            body["veldpermissies"] = veldpermissies("vestiging", allowed)
    return Response(json.dumps(body, ensure_ascii=False), media_type="application/json")

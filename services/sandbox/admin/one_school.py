"""The control API of one school: its koppeling, its changes and its export."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Response

from services.sandbox.admin.choices import describe
from services.sandbox.admin.control import State
from services.sandbox.datavelden import FIELDS
from services.sandbox.export import export_csv
from services.sandbox.generate.model import School, Velden
from services.sandbox.generate.week import leave_in_numbers, next_week
from services.sandbox.generate.year import next_year
from services.sandbox.koppeling import KoppelingError, KoppelingRequest, make_koppeling

router = APIRouter(prefix="/sandbox/schools/{brin}")


async def school_of(sandbox: State, brin: str) -> School:
    """Give the school of the path."""
    if brin.upper() not in sandbox.plans:
        raise HTTPException(404, "Deze school bestaat niet.")
    return sandbox.school(brin.upper())


EDITABLE = frozenset(FIELDS["leerling"]) - {
    "uuid", "vestiging", "plaatsingen", "lesgroepen", "vakkeuzes", "isActief",
}  # fmt: skip

TheSchool = Annotated[School, Depends(school_of)]


@router.get("")
async def describe_school(school: TheSchool) -> Velden:
    """Show what a school has, for the choices of a koppeling."""
    return describe(school)


@router.post("/koppeling", status_code=201)
async def create_koppeling(sandbox: State, school: TheSchool, request: KoppelingRequest) -> Velden:
    """Create the school's koppeling; a former one gives way."""
    koppeling = make_koppeling(school, request)
    sandbox.koppelingen[school.brin] = koppeling
    return koppeling.describe(sandbox.today)


@router.get("/koppeling")
async def show_koppeling(sandbox: State, school: TheSchool) -> Velden:
    """Show the school's koppeling."""
    if school.brin not in sandbox.koppelingen:
        raise HTTPException(404, "Deze school heeft geen koppeling.")
    return sandbox.koppelingen[school.brin].describe(sandbox.today)


@router.delete("/koppeling", status_code=204)
async def revoke_koppeling(sandbox: State, school: TheSchool) -> None:
    """Revoke the school's koppeling, if it has one."""
    sandbox.koppelingen.pop(school.brin, None)


@router.post("/next-week")
async def move_to_next_week(sandbox: State, school: TheSchool) -> Velden:
    """Change the school as a week does, and tell what changed."""
    return dict(next_week(school, sandbox.today))


@router.post("/next-year")
async def plan_next_year(sandbox: State, school: TheSchool) -> Velden:
    """Let the school plan its next school year."""
    return next_year(school, sandbox.today)


@router.post("/leave")
async def let_pupils_leave(
    sandbox: State, school: TheSchool, share: Annotated[float, Body(embed=True, ge=0, le=1)]
) -> Velden:
    """Let a share of the pupils leave at once, and tell who."""
    return {"left": leave_in_numbers(school, sandbox.today, share)}


@router.post("/pupils/{uuid}")
async def edit_pupil(school: TheSchool, uuid: str, fields: Velden) -> Velden:
    """Set fields of one pupil by hand; null takes a field away."""
    unknown = [name for name in fields if name not in EDITABLE]
    if unknown:
        raise KoppelingError([(name, "Dit veld is niet te wijzigen.") for name in unknown])
    pupil = school.leerlingen.get(uuid)
    if pupil is None:
        raise HTTPException(404, "Deze leerling bestaat niet.")
    kept = pupil.velden | fields
    pupil.velden = {key: value for key, value in kept.items() if value is not None}
    school.version += 1
    return {"uuid": pupil.uuid, **pupil.velden}


@router.get("/export.csv")
async def export_school(sandbox: State, school: TheSchool) -> Response:
    """Give the school as its koppeling shows it today, in Numo's CSV layout."""
    koppeling = sandbox.active_koppeling(school.brin)
    if koppeling is None:
        raise HTTPException(409, "Deze school heeft geen koppeling die vandaag geldt.")
    views = [
        sandbox.view(school.brin, koppeling, uuid, None)
        for uuid in school.vestigingen
        if uuid in koppeling.doelgroep.vestigingen
    ]
    headers = {"Content-Disposition": f'attachment; filename="{school.brin}.csv"'}
    return Response(export_csv(views), headers=headers, media_type="text/csv; charset=utf-8")

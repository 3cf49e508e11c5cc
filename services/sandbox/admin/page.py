"""The pages of a school's applicatiebeheerder."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from services.sandbox.admin.control import State
from services.sandbox.admin.one_school import TheSchool
from services.sandbox.datavelden import OPTIONAL, REQUIRED_LEERLING, REQUIRED_MEDEWERKER
from services.sandbox.schooljaar import first_year, year_period

router = APIRouter(prefix="/sandbox", default_response_class=HTMLResponse)
school_router = APIRouter(prefix="/sandbox/school/{brin}", default_response_class=HTMLResponse)

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)
REQUIRED = sorted({*REQUIRED_LEERLING, *REQUIRED_MEDEWERKER})


@router.get("")
@router.get("/")
async def show_schools(sandbox: State) -> str:
    """List the schools."""
    return TEMPLATES.get_template("schools.html").render(
        today=sandbox.today, schools=sandbox.plans.values(), koppelingen=sandbox.koppelingen
    )


@school_router.get("")
async def show_school(sandbox: State, school: TheSchool) -> str:
    """Show one school, its koppeling, and the three steps to create one."""
    koppeling = sandbox.koppelingen.get(school.brin)
    return TEMPLATES.get_template("school.html").render(
        today=sandbox.today,
        last_day=year_period(first_year(sandbox.today)).end,
        school=school,
        present=sum(1 for p in school.leerlingen.values() if p.plaatsing_on(sandbox.today)),
        koppeling=koppeling,
        onderwijssoorten=sorted({o.onderwijssoort for o in school.opleidingen.values()}),
        leerjaren=sorted({jaar for o in school.opleidingen.values() for jaar in o.leerjaren}),
        vakken=sorted({(v.afkorting, v.naam) for v in school.vakken.values()}),
        required=REQUIRED,
        optional=OPTIONAL,
    )

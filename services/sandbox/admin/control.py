"""The control API: what a test, a demo or the page tells the sandbox to do."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from services.sandbox.admin.choices import describe
from services.sandbox.connect.access import sandbox_of
from services.sandbox.faults import FaultRule
from services.sandbox.generate.model import Velden
from services.sandbox.generate.school import MOST_PUPILS, SchoolPlan
from services.sandbox.state import Sandbox

router = APIRouter(prefix="/sandbox")

State = Annotated[Sandbox, Depends(sandbox_of)]


class NewSchool(BaseModel):
    """A school to generate."""

    model_config = ConfigDict(extra="forbid")

    naam: str = Field(min_length=1, max_length=80)
    brin: str = Field(pattern=r"^[0-9]{2}[A-Z]{2}$")
    pupils: int = Field(ge=20, le=MOST_PUPILS)
    seed: int = 1


class Clock(BaseModel):
    """The day it is; null lets the real clock run."""

    today: date | None


@router.get("/schools")
async def list_schools(sandbox: State) -> list[Velden]:
    """List the schools, without generating them."""
    return [
        {"naam": p.naam, "brin": p.brin, "uuid": p.uuid, "pupils": p.pupils, "seed": p.seed}
        for p in sandbox.plans.values()
    ]


@router.post("/schools", status_code=201)
async def add_school(sandbox: State, new: NewSchool) -> Velden:
    """Add a school of any size."""
    if new.brin in sandbox.plans:
        raise HTTPException(409, "Deze school bestaat al.")
    sandbox.plans[new.brin] = SchoolPlan(new.naam, new.brin, new.pupils, new.seed)
    return describe(sandbox.school(new.brin))


@router.get("/clock")
async def show_clock(sandbox: State) -> Clock:
    """Tell which day it is."""
    return Clock(today=sandbox.today)


@router.put("/clock")
async def set_clock(sandbox: State, clock: Clock) -> Clock:
    """Set the day, or let the real clock run again."""
    sandbox.set_today(clock.today)
    return Clock(today=sandbox.today)


@router.get("/faults")
async def show_faults(sandbox: State) -> list[Velden]:
    """Show the faults in force, with how often each struck."""
    return sandbox.faults.describe()


@router.put("/faults")
async def set_faults(sandbox: State, rules: list[FaultRule]) -> list[Velden]:
    """Put these faults in force, and no others."""
    sandbox.faults.replace(rules)
    return sandbox.faults.describe()


@router.delete("/faults", status_code=204)
async def clear_faults(sandbox: State) -> None:
    """Take all faults away."""
    sandbox.faults.replace([])


@router.get("/calls")
async def show_calls(sandbox: State) -> dict[str, float]:
    """Tell how many calls came in, in how many seconds, and the most in any one second."""
    return sandbox.calls.describe()


@router.delete("/calls", status_code=204)
async def forget_calls(sandbox: State) -> None:
    """Count the calls anew."""
    sandbox.calls.times.clear()


@router.post("/reset", status_code=204)
async def reset(sandbox: State) -> None:
    """Go back to the start."""
    sandbox.reset()

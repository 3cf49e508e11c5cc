"""Groups, subjects and courses as the Connect API writes them."""

from typing import TYPE_CHECKING

from services.sandbox.generate.identity import derived_uuid
from services.sandbox.generate.model import (
    Lesgroep,
    Opleiding,
    Plaatsing,
    Stamgroep,
    Vak,
    Velden,
    Vestiging,
)

if TYPE_CHECKING:
    from services.sandbox.connect.view import View


def permitted(item: Velden, allowed: frozenset[str]) -> Velden:
    """Leave out what is null and what may not be delivered."""
    return {key: value for key, value in item.items() if key in allowed and value is not None}


def vestiging_ref(vestiging: Vestiging) -> dict[str, str]:
    """Refer to a vestiging."""
    return {"uuid": vestiging.uuid, "naam": vestiging.naam}


def members(view: "View", group: str) -> list[Velden]:
    """Refer to the visible pupils of a group."""
    ref = vestiging_ref(view.vestiging)
    return [{"uuid": uuid, "vestiging": ref} for uuid in view.scope.members.get(group, [])]


def mentoren(view: "View", group: Stamgroep) -> list[Velden]:
    """Refer to the visible mentors of a class."""
    visible = [uuid for uuid in group.mentoren if uuid in view.scope.medewerkers]
    return [{"medewerker_uuid": uuid, "toewijzing": "EersteMentorStamgroep"} for uuid in visible]


def lesgroep(view: "View", group: Lesgroep) -> Velden:
    """Write a lesgroep."""
    vak_ = view.school.vakken[group.vak] if group.vak else None
    allowed = view.allowed("lesgroep")
    item: Velden = {
        "uuid": group.uuid,
        "naam": group.naam,
        "leerlingen": members(view, group.uuid),
        "docenten": [uuid for uuid in group.docenten if uuid in view.scope.medewerkers],
        "vak": vak_.afkorting if vak_ else None,
        "vaknaam": vak_.naam if vak_ else None,
        "landelijke_vakcode": vak_.code if vak_ else None,
        "vakuuid": vak_.uuid if vak_ else None,
        "vakkeuzes": _group_vakkeuzes(view, group) if "vakkeuzes" in allowed else None,
        "leerjaar": group.leerjaar,
        "schooljaar": group.schooljaar,
        "onderwijssoort": group.onderwijssoort,
        "vestiging": vestiging_ref(view.vestiging),
    }
    return permitted(item, allowed)


def stamgroep(view: "View", group: Stamgroep) -> Velden:
    """Write a stamgroep with its pupils."""
    item: Velden = {
        "uuid": group.uuid,
        "omschrijving": f"Stamgroep {group.onderwijssoort.lower()} {group.leerjaar}",
        "leerjaar": group.leerjaar,
        "onderwijssoort": group.onderwijssoort,
        "naam": group.naam,
        "leerlingen": members(view, group.uuid),
        "mentoren": mentoren(view, group),
    }
    return permitted(item, view.allowed("stamgroep"))


def vak(view: "View", item: Vak) -> Velden:
    """Write a vak."""
    written: Velden = {"uuid": item.uuid, "afkorting": item.afkorting, "naam": item.naam}
    return permitted(written, view.allowed("vak"))


def opleiding(view: "View", item: Opleiding) -> Velden:
    """Write an opleiding."""
    written: Velden = {
        "uuid": item.uuid,
        "afkorting": item.afkorting,
        "naam": item.naam,
        "code": item.code,
        "landelijke_naam": item.onderwijssoort,
        "leerjaren": item.leerjaren,
        "vanafschooljaar": "2019/2020",
    }
    return permitted(written, view.allowed("opleiding"))


def vakkeuze(view: "View", place: Plaatsing, vak_: Vak) -> Velden:
    """Write the choice of a vak that goes with a plaatsing."""
    return {
        "uuid": derived_uuid(place.uuid, vak_.afkorting),
        "begindatum": place.start.isoformat(),
        "einddatum": place.end.isoformat(),
        "landelijke_vakcode": vak_.code,
        "landelijke_vaknaam": vak_.naam,
        "school_vaknaam": vak_.naam,
        "school_vakafkorting": vak_.afkorting,
        "niveau": f"{place.onderwijssoort} {place.leerjaar}",
        "leerjaar": place.leerjaar,
        "onderwijssoort": place.onderwijssoort,
        "opleiding": view.school.opleidingen[place.opleiding].naam,
        "vestiging": vestiging_ref(view.vestiging),
    }


def _group_vakkeuzes(view: "View", group: Lesgroep) -> list[Velden]:
    if not group.vak:
        return []
    vak_ = view.school.vakken[group.vak]
    return [
        vakkeuze(view, place, vak_)
        for uuid in view.scope.members.get(group.uuid, [])
        for place in view.scope.leerlingen[uuid][1]
        if group.uuid in place.lesgroepen
    ]

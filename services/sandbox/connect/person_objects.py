"""Pupils, their plaatsingen and employees as the Connect API writes them."""

from typing import TYPE_CHECKING

from services.sandbox.connect.group_objects import (
    mentoren,
    opleiding,
    permitted,
    stamgroep,
    vakkeuze,
    vestiging_ref,
)
from services.sandbox.generate.model import Leerling, Lesgroep, Medewerker, Plaatsing, Velden

if TYPE_CHECKING:
    from services.sandbox.connect.view import View


def leerling(view: "View", pupil: Leerling, places: list[Plaatsing]) -> Velden:
    """Write a pupil with the plaatsingen that the period and doelgroep leave visible."""
    allowed = view.allowed("leerling")
    item: Velden = {"uuid": pupil.uuid} | pupil.velden
    item |= {
        "vestiging": vestiging_ref(view.vestiging),
        "plaatsingen": [plaatsing(view, place) for place in places],
        "lesgroepen": [_group_ref(view, group) for group in _groups(view, places)],
        "isActief": pupil.plaatsing_on(view.today) is not None,
    }
    if "vakkeuzes" in allowed:
        item["vakkeuzes"] = _vakkeuzes(view, places)
    if item.get("adres_geheim"):
        item.pop("adres", None)
    return permitted(item, allowed)


def plaatsing(view: "View", place: Plaatsing) -> Velden:
    """Write a plaatsing; its stamgroep comes without pupils."""
    group = view.school.stamgroepen[place.stamgroep] if place.stamgroep else None
    nested = stamgroep(view, group) if group else None
    if nested:
        nested.pop("leerlingen", None)
    item: Velden = {
        "uuid": place.uuid,
        "schooljaar": place.schooljaar,
        "startdatum": place.start.isoformat(),
        "einddatum": place.end.isoformat(),
        "leerjaar": place.leerjaar,
        "opleiding": opleiding(view, view.school.opleidingen[place.opleiding]),
        "stamgroep": nested,
        "mentoren": mentoren(view, group) if group else [],
        "digiDeliveryId": view.vestiging.digidelivery_id,
        "opleidingskenmerken": [],
    }
    return permitted(item, view.allowed("plaatsing"))


def medewerker(view: "View", person: Medewerker) -> Velden:
    """Write an employee, as seen from one vestiging."""
    own = [g for g in view.scope.lesgroepen.values() if person.uuid in g.docenten]
    item: Velden = {"uuid": person.uuid} | person.velden
    item |= {
        "lesgroepen": [_group_ref(view, group) for group in own],
        "vestiging": vestiging_ref(view.vestiging),
        "hoofdvestiging": vestiging_ref(view.school.vestigingen[person.vestigingen[0]]),
        "is_docent": bool(person.vakken),
        "datum_in_dienst": person.in_dienst.isoformat(),
        "datum_uit_dienst": person.uit_dienst.isoformat() if person.uit_dienst else None,
    }
    return permitted(item, view.allowed("medewerker"))


def _groups(view: "View", places: list[Plaatsing]) -> list[Lesgroep]:
    seen = dict.fromkeys(uuid for place in places for uuid in place.lesgroepen)
    return [view.scope.lesgroepen[uuid] for uuid in seen if uuid in view.scope.lesgroepen]


def _group_ref(view: "View", group: Lesgroep) -> Velden:
    return {"uuid": group.uuid, "naam": group.naam, "vestiging": vestiging_ref(view.vestiging)}


def _vakkeuzes(view: "View", places: list[Plaatsing]) -> list[Velden]:
    vakken = view.school.vakken
    return [
        vakkeuze(view, place, vakken[group.vak])
        for place in places
        for group in _groups(view, [place])
        if group.vak
    ]

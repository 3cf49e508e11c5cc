"""The report of one import, for people: a row for each changed field, in Dutch."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.importer.domain.change import SOURCE_KEY, ChangeKind, Outcome, Reason
from services.importer.domain.group_changes import SCHOOLJAAR
from shared.clock import AMSTERDAM

Row = tuple[str | None, ...]
HEADER = (
    "soort",
    "actie",
    "rol",
    "wie of wat",
    "veld",
    "was",
    "wordt",
    "reden",
    "uitkomst",
    "reden van de uitkomst",
)
FIELDS = {
    SOURCE_KEY: "sleutel in de bron",
    SCHOOLJAAR: "schooljaar",
    "pupil_number": "leerlingnummer",
    "employee_code": "docentcode",
    "given_name": "roepnaam",
    "prefix": "tussenvoegsel",
    "family_name": "achternaam",
    "email": "e-mailadres",
    "username": "gebruikersnaam",
    "eck_id": "ECK iD",
    "real_id": "RealId",
    "leerjaar": "leerjaar",
    "onderwijssoort": "onderwijssoort",
    "vestiging_code": "vestiging",
    "name": "naam",
    "vak": "vak",
}
_BY_HAND, _UNDONE = "met de hand gewijzigd", "eerder teruggedraaid"
# An ECK iD may not be in a download; nobody is helped by Somtoday's uuid.
_HIDDEN = frozenset({"eck_id", SOURCE_KEY})
_DUTCH = {
    "person": "persoon",
    "group": "groep",
    "membership": "plaatsing",
    "add": "toevoegen",
    "update": "bijwerken",
    "archive": "archiveren",
    "reactivate": "terugzetten",
    "conflict": "vraag",
    "clear": "wissen",
    "pupil": "leerling",
    "employee": "medewerker",
    "teacher": "docent",
    "mentor": "mentor",
    "stamgroep": "stamgroep",
    "lesgroep": "lesgroep",
    "applied": "uitgevoerd",
    "not_chosen": "niet gekozen",
    "skipped": "overgeslagen",
    "new_in_source": "nieuw in de bron",
    "fields_differ": "de bron heeft een andere waarde",
    "back_in_source": "terug in de bron",
    "not_in_source": "niet meer in de bron",
    "twice_in_source": "staat twee keer in de bron",
    "matches_several": "past bij meer dan één persoon of groep",
    "keys_disagree": "de kenmerken wijzen naar verschillende personen",
    "several_match_one": "meer dan één regel past bij deze persoon of groep",
    "role_differs": "is in Numo van een andere soort",
    "name_differs": "heeft in Numo een andere naam",
    "same_name": "heet als iemand in Numo die niet in de bron staat",
    "number_taken": "het leerlingnummer is van iemand anders",
    "key_taken": "de sleutel in de bron is van iemand of iets anders",
    "no_key": "heeft geen nummer of kenmerk",
    "erased_before": "is eerder uit Numo gewist",
    "left_out": "besloten is dit buiten de import te laten",
    "undone": "een eerdere import wordt teruggedraaid",
    "edited_since": "is sinds die import gewijzigd",
    "dataveld_withdrawn": "de school deelt dit dataveld niet meer",
    "koppeling_ended": "de koppeling met Somtoday is voorbij",
    "pupil_number_taken": "het leerlingnummer is van iemand anders",
    "person_not_there": "de persoon is niet actief in Numo",
    "group_not_there": "de groep is niet actief in Numo",
}
# What an undo leaves as it is: more than one thing may be in the way of a group or a place.
_WHY: Mapping[tuple[str, str], str] = {
    (ChangeKind.GROUP, Reason.EDITED_SINCE): "is sinds die import gewijzigd, of er zit nog iemand "
    "in",
    (ChangeKind.MEMBERSHIP, Reason.EDITED_SINCE): "kan niet terug: de plaatsen van deze "
    "persoon zijn sinds die import veranderd, of de persoon of groep is niet meer actief in Numo",
}


def report_rows(change: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of one change: a row for each field of a change, one for anything else."""
    before, after = change["before"], change["after"]
    whole: tuple[Any, ...] = (None, None, None)
    # Of who is new all would be told, and of a question nothing changes.
    is_field_by_field = change["action"] not in {"add", "conflict"} and after
    values = {name: _values(name, before.get(name), after[name]) for name in after}
    for name, part in values.items() if is_field_by_field else [("", whole)]:
        yield (
            in_dutch(change["kind"]),
            in_dutch(change["action"]),
            in_dutch(change["role"]),
            change["label"],
            *part,
            reason_in_dutch(change),
            *_outcome(name, change),
        )


def _outcome(name: str, change: Mapping[str, Any]) -> Row:
    """What became of a change, or of a field of it that stayed as it was, and why."""
    outcome, reason = change["outcome"], change["outcome_reason"]
    if outcome == Outcome.APPLIED and name in change["kept"]:
        stayed = ((_BY_HAND, change["held"]), (_UNDONE, change["undone"]))
        why = next((why for why, names in stayed if name in names), in_dutch(Reason.KEY_TAKEN))
        return in_dutch(Outcome.NOT_CHOSEN), why
    return in_dutch(outcome), in_dutch(reason)


def reason_in_dutch(change: Mapping[str, Any]) -> str:
    """Why a change is proposed; of an archive also since when they lack, and what once proves."""
    words, since = why_in_dutch(change["kind"], change["reason"]), change["absent_since"]
    if since is None:
        return words
    words = f"{words}; sinds {since.astimezone(AMSTERDAM):%d-%m-%Y} niet meer gezien"
    # Whoever looks may archive them all the same, and may have done so.
    once = "een automatische import archiveert niemand die één keer ontbrak"
    return f"{words}; {once}" if change["absent_once"] else words


def why_in_dutch(kind: str, reason: str) -> str:
    """The reason of a change as a school reads it."""
    return _WHY.get((kind, reason)) or in_dutch(reason) or ""


def in_dutch(word: str | None) -> str | None:
    """One of our words as a school reads it; one without Dutch is shown as it is."""
    return None if word is None else _DUTCH.get(word, word.replace("_", " "))


def _values(name: str, before: str | None, after: str | None) -> Row:
    shown = (None if name in _HIDDEN else value for value in (before, after))
    return (FIELDS.get(name, name), *shown)

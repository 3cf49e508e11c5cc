"""What a source lacks as a whole: a vestiging, or nearly everybody whom Numo knows.

That is the source's doing, whatever is chosen of the plan. So it is decided on all of the plan, and
holds whoever chooses enough of what it is about.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.coverage import CSV_SOURCE
from services.importer.domain.roster import Document, Roster
from services.importer.domain.threshold import Threshold
from shared.roster.document import PersonRole

_VESTIGING = "vestiging_code"
# Of those in Numo so many per cent lack, and so many people are new: another school's list. Schools
# do not set it, as it depends on no habit of theirs.
STRANGERS = Threshold(percent=90, at_least=10)


def vanished(roster: Roster, changes: Collection[Change]) -> Iterator[Brake]:
    """Vestigingen that the source has no pupil at: some, however few, gone, any others moved.

    An employee who stays is no school. Of a vestiging without pupils it is everybody who counts.
    """
    people = [one for one in changes if one.kind is ChangeKind.PERSON]
    arriving = {
        (one.after.get(_VESTIGING), one.role) for one in people if one.action is not Action.ARCHIVE
    }
    gone = Counter((one.vestiging_code, one.role) for one in people if one.action is Action.ARCHIVE)
    if not gone:
        return
    moved = Counter((one.vestiging_code, one.role) for one in people if _is_moved(one))
    there = Counter((o.fields.get(_VESTIGING), o.role) for o in roster.people.values() if o.active)
    for site in {site for site, _ in gone if site is not None}:
        role = PersonRole.PUPIL if there[site, PersonRole.PUPIL] else None
        who = [role] if role else list(PersonRole)
        left, total = (sum(each[site, one] for one in who) for each in (gone, there))
        is_empty = left + sum(moved[site, one] for one in who) == total
        if left and is_empty and not any((site, one) in arriving for one in who):
            code, threshold = BrakeCode.VESTIGING_VANISHED, Threshold(100, at_least=left)
            what = (code, About.ARCHIVE, Scope.VESTIGING, left, total, threshold, site)
            yield Brake(*what, role=role)


def rows_said(document: Document) -> Counter[str]:
    """How many people of each role a document names, or could not read; a list only pupils."""
    said = Counter(str(one.role) for one in document.people)
    said.update(one.missing for one in document.problems if one.missing is not None)
    is_list = document.header.source == CSV_SOURCE
    return Counter({PersonRole.PUPIL: said[PersonRole.PUPIL]}) if is_list else said


def nobody_known(
    roster: Roster, changes: Collection[Change], said: Mapping[str, int], *, is_turning: bool
) -> Iterator[Brake]:
    """Roles of which the source has hardly anybody whom Numo knows, and others in their place.

    Who lacks is whom it would archive. Where it proves nothing of who lacks, as a list with one bad
    row, it knows no more of them than it says rows (`said`) that are not new. Its total is whom the
    source has of them. A doelgroep of one leerjaar is all new when a schooljaar turns: so who comes
    then to vestigingen that Numo knows is no stranger.
    """
    fewest, percent = STRANGERS.at_least, STRANGERS.percent
    for role in PersonRole:
        rows = [one for one in changes if one.kind is ChangeKind.PERSON and one.role == role]
        new = [one for one in rows if one.action is Action.ADD]
        if len(new) < fewest or (is_turning and _are_at_home(roster, new)):
            continue
        known = sum(one.active and one.role is role for one in roster.people.values())
        lacking = sum(one.action is Action.ARCHIVE for one in rows)
        if role in said:
            lacking = max(lacking, known - (said[role] - len(new)))
        if known >= fewest and lacking * 100 >= percent * known:
            code, total = BrakeCode.NOBODY_KNOWN, known - lacking + len(new)
            yield Brake(code, About.ADD, Scope.ROLE, len(new), total, STRANGERS, role.value)


def _are_at_home(roster: Roster, new: Collection[Change]) -> bool:
    sites = {one.fields.get(_VESTIGING) for one in roster.people.values() if one.active} - {None}
    return sum(one.after.get(_VESTIGING) in sites for one in new) * 2 >= len(new)


def _is_moved(change: Change) -> bool:
    return change.action is Action.UPDATE and _VESTIGING in change.replaced

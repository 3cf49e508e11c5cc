"""What a source would change in Numo's roster: a pure function over the two.

A field that a record does not name is never touched; null empties it. Only of kinds that the
source claims to hold completely may absence mean "gone", and even then it is only proposed.
"""

from services.importer.domain.change import Change
from services.importer.domain.coverage import Coverage
from services.importer.domain.decisions import Decisions
from services.importer.domain.group_changes import diff_groups
from services.importer.domain.membership_changes import diff_memberships
from services.importer.domain.person_changes import diff_people
from services.importer.domain.roster import Document, Roster


def diff(old: Roster, new: Document, decisions: Decisions | None = None) -> list[Change]:
    """Every change that would make the roster say what the document says.

    What was decided of ambiguous matches is followed and not asked again.
    """
    coverage = Coverage.of(new.header, new.problems)
    people = diff_people(old, new, coverage, decisions or {})
    groups = diff_groups(old, new, coverage, decisions or {})
    memberships = diff_memberships(old, new, coverage, people, groups)
    return [*people.changes, *groups.changes, *memberships]

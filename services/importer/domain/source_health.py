"""Whether a document can be the truth about its school: judged before anything is compared.

A source that fails here never becomes a plan, so that nothing ever reads as "all left".
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.importer.domain.coverage import CSV_SOURCE
from services.importer.domain.keys import IDENTIFYING, NUMBER
from services.importer.domain.normalise import bare_name
from services.importer.domain.person_index import PersonIndex
from services.importer.domain.roster import Document, Fields, Person, Roster
from services.importer.domain.run import Run, Source
from shared.errors.codes import ErrorCode
from shared.roster.document import PersonRecord, PersonRole

# Fewer people prove nothing: a class list, a school that only begins.
FEWEST = 10
# What was read longer ago says what a school was.
OLDEST = timedelta(hours=24)
_CLOCKS_DIFFER = timedelta(hours=1)
# One of so many may be known to another school, too.
_STRANGERS = 10
_PLACE = "vestiging_code"
_BRIN = re.compile("[0-9]{2}[A-Z]{2}")


@dataclass(frozen=True)
class Health:
    """The verdict: why the source failed, or of which kinds it repeats rows, and how many.

    Where rows came twice others may have been lost (pages that move while they are read), so that
    a kind with repeats is not proven to be complete.
    """

    failure: ErrorCode | None = None
    detail: str | None = None
    repeated: dict[str, int] = field(default_factory=dict)


def examine(
    document: Document, roster: Roster, last_read_at: datetime | None, now: datetime
) -> Health:
    """Judge a document; `last_read_at` is the date of the last one applied of this source."""
    active = [person for person in roster.people.values() if person.active]
    detail = _empty(document, active)
    if detail is not None:
        return Health(ErrorCode.SOURCE_EMPTY, detail)
    if _is_stale(document, last_read_at, now):
        return Health(ErrorCode.SOURCE_STALE)
    if _is_another_school(document, roster, active):
        return Health(ErrorCode.SOURCE_OF_ANOTHER_SCHOOL)
    return Health(repeated=_repeated(document))


def is_outdated(run: Run, moment: datetime) -> bool:
    """Whether a plan is of a Somtoday that may have moved on: read it again before it is applied.

    So is one whose source could not be read again: decisions and thresholds may have changed while
    that was tried. A file is what a school says it is, for as long as its plan waits.
    """
    if run.source is not Source.SOMTODAY:
        return False
    return run.is_unread or (run.source_at is not None and moment - run.source_at > OLDEST)


def _empty(document: Document, active: list[Person]) -> str | None:
    if not document.people:
        return ErrorCode.SOURCE_EMPTY.value.detail
    for role, word in ((PersonRole.PUPIL, "leerlingen"), (PersonRole.EMPLOYEE, "medewerkers")):
        known = sum(person.role is role for person in active)
        is_claimed = role in document.header.complete_for and known >= FEWEST
        if is_claimed and not any(record.role is role for record in document.people):
            return f"De bron leverde geen enkele van de {known} {word}; er is niets gewijzigd."
    return None


def _is_stale(document: Document, last_read_at: datetime | None, now: datetime) -> bool:
    read_at = document.header.fetched_at
    if last_read_at is not None and read_at < last_read_at:
        return True
    is_file = document.header.source == CSV_SOURCE
    return not is_file and not (-_CLOCKS_DIFFER <= now - read_at <= OLDEST)


def _is_another_school(document: Document, roster: Roster, active: list[Person]) -> bool:
    """Whether it can be proven that these are other people than Numo's.

    Either, at other vestigingen than Numo's, fewer than a tenth are recognised (two schools may
    share a teacher): at its own they may all be new, as of a doelgroep of one leerjaar in August.
    Or every BRIN is foreign and fewer than half are recognised: a merged school keeps its pupils.
    """
    fewest = min(len(document.people), len(active))
    keys = {person.source_key for person in active} - {None}
    # Nearly every night ends here, without an index of everybody.
    by_key = sum(record.key in keys for record in document.people)
    if fewest < FEWEST or by_key * 2 >= fewest:
        return False
    index = PersonIndex(active)
    known = sum(_is_known(index, record) for record in document.people)
    if document.header.source != CSV_SOURCE and known * _STRANGERS < fewest:
        return not _is_at_home(document, active)
    here = _brins([one.fields for one in active], [one.fields for one in roster.groups.values()])
    there = _brins([one.fields for one in document.people], [one.fields for one in document.groups])
    return bool(here and there) and here.isdisjoint(there) and known * 2 < fewest


def _is_at_home(document: Document, active: list[Person]) -> bool:
    """Whether half of them are at Numo's own vestigingen; where none is named, they are not."""
    places = {person.fields.get(_PLACE) for person in active} - {None}
    at_home = sum(record.fields.get(_PLACE) in places for record in document.people)
    return at_home * 2 >= len(document.people)


def _brins(*rows: Iterable[Fields]) -> set[str]:
    codes = {(one.get(_PLACE) or "").upper() for fields in rows for one in fields}
    return {match.group() for match in map(_BRIN.match, codes) if match}


def _is_known(index: PersonIndex, record: PersonRecord) -> bool:
    """By a lasting key; a leerlingnummer only with its name: every school has a number 1001."""
    if record.key in index.by_source_key:
        return True
    if any(index.holders(record, name) for name in IDENTIFYING):
        return True
    name = bare_name(record.fields.get("family_name") or "")
    return any(
        name == bare_name(person.fields.get("family_name") or "")
        for person in index.holders(record, NUMBER)
    )


def _repeated(document: Document) -> dict[str, int]:
    if document.header.source == CSV_SOURCE:
        # A list may name a pupil once for each class; its reader says what is doubtful.
        return {}
    people = Counter((str(one.role), one.key) for one in document.people if one.key is not None)
    groups = Counter((str(one.group_kind), one.key) for one in document.groups if one.key)
    repeated: Counter[str] = Counter()
    for (kind, _), times in (people + groups).items():
        repeated[kind] += times - 1
    return {kind: times for kind, times in sorted(repeated.items()) if times}

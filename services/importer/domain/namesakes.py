"""Who would be new in Numo, but is called as somebody whom the source does not name.

Added without a word, a pupil whose leerlingnummer was mistyped, or whose list has none of the keys
that Numo knows, would be there twice. So a human is asked: it is that person, or a namesake.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.importer.domain.change import Reason
from services.importer.domain.decisions import Decisions, is_new
from services.importer.domain.likeness import are_two, callings
from services.importer.domain.matching import Matches, Question
from services.importer.domain.roster import Person
from shared.roster.document import PersonRecord, PersonRole

_Calling = tuple[PersonRole, str, str]


def ask_of_namesakes(people: Iterable[Person], matches: Matches, decisions: Decisions) -> None:
    """Turn records that would make somebody double into questions.

    Who has a record of their own is not meant. Who is archived may be, as long as their name is
    kept: a pupil who returns with another number is the same person. Of whom a record that was left
    out may be, it is known: they have not left.
    """
    undecided = [one for one in matches.new if not is_new(one, decisions)]
    if not undecided and not matches.left:
        return
    called = _called(people, matches)
    asked: dict[str, Question] = {}
    for record in undecided:
        alike = _alike(record, called)
        if alike:
            asked[record.ref] = Question(record, Reason.SAME_NAME, alike)
    matches.questions += asked.values()
    matches.new = [record for record in matches.new if record.ref not in asked]
    matches.left = [
        replace(one, candidates=(*one.candidates, *_alike(one.record, called)))
        for one in matches.left
    ]


def _alike(record: PersonRecord, called: Mapping[_Calling, list[Person]]) -> tuple[Person, ...]:
    found = {
        person.id: person
        for calling in callings(record.fields)
        for person in called.get((record.role, *calling), ())
        if not are_two(record, person)
    }
    return tuple(one for one in found.values() if one.active) or tuple(found.values())


def _called(people: Iterable[Person], matches: Matches) -> dict[_Calling, list[Person]]:
    there = {person.id for person in matches.found.values()} | matches.unread
    found: dict[_Calling, list[Person]] = defaultdict(list)
    for person in people:
        if person.id not in there and person.merged_into is None:
            for calling in set(callings(person.fields)):
                found[person.role, *calling].append(person)
    return found

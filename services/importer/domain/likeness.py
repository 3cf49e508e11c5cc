"""What names and e-mail addresses can tell: never who somebody is, only that a human must look."""

from collections.abc import Iterator

from services.importer.domain.labels import full_name
from services.importer.domain.normalise import bare_name, comparable, same
from services.importer.domain.roster import Fields, Person
from shared.roster.document import PersonRecord


def are_two(record: PersonRecord, person: Person) -> bool:
    """Whether an ECK iD proves that two with one number, RealId or name are different people."""
    one, other = record.fields.get("eck_id"), person.fields.get("eck_id")
    return one is not None and other is not None and not same("eck_id", one, other)


def is_another(record: PersonRecord, person: Person) -> bool:
    """Whether a number was handed on without a doubt: with one name it may still be the same one.

    An ECK iD is another one in another sector, and nobody is doubled for that without a word.
    """
    return are_two(record, person) and not any(_alike(record, person))


def is_doubtful(record: PersonRecord, person: Person) -> bool:
    """Whether a number or RealId may have been given to somebody else."""
    alike = _alike(record, person)
    changed_key = None not in (record.key, person.source_key) and record.key != person.source_key
    if changed_key or not person.active:
        return not all(alike)
    # One name may change (a marriage, a nickname); not every one with only such a key to go by.
    return bool(alike) and not any(alike)


def _alike(record: PersonRecord, person: Person) -> list[bool]:
    """Of the given name and the family name, as far as both have them."""
    both = (
        (record.fields.get(name), person.fields.get(name)) for name in ("given_name", "family_name")
    )
    return [bare_name(one) == bare_name(other) for one, other in both if one and other]


def callings(fields: Fields) -> Iterator[tuple[str, str]]:
    """What somebody is called, as compared: two with one of these in common may be one person.

    In full; and a given name with the e-mail address, for a family name may change, and twins who
    share a mailbox differ in their given name.
    """
    for name in full_names(fields):
        yield "name", name
    given, email = fields.get("given_name"), fields.get("email") or ""
    if given and "@" in email:
        yield bare_name(given), comparable("email", email)


def full_names(fields: Fields) -> Iterator[str]:
    """A given name with the family name, as compared, wherever the tussenvoegsel stands."""
    given, family = fields.get("given_name"), fields.get("family_name")
    if given and family:
        yield bare_name(f"{given} {family}")
        yield bare_name(full_name(fields))

"""What names and e-mail addresses can tell: never who somebody is, only that a human must look."""

from services.importer.domain.normalise import bare_name, same
from services.importer.domain.roster import Person
from shared.roster.document import PersonRecord


def are_two(record: PersonRecord, person: Person) -> bool:
    """Whether an ECK iD proves that two with one number, RealId or name are different people."""
    one, other = record.fields.get("eck_id"), person.fields.get("eck_id")
    return one is not None and other is not None and not same("eck_id", one, other)


def is_doubtful(record: PersonRecord, person: Person) -> bool:
    """Whether a number or RealId may have been given to somebody else."""
    alike = [
        bare_name(one) == bare_name(other)
        for one, other in (
            (record.fields.get(name), person.fields.get(name))
            for name in ("given_name", "family_name")
        )
        if one and other
    ]
    changed_key = None not in (record.key, person.source_key) and record.key != person.source_key
    if changed_key or not person.active:
        return not all(alike)
    # One name may change (a marriage, a nickname); not every one with only such a key to go by.
    return bool(alike) and not any(alike)

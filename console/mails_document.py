"""docs/mails.md: every mail as a picture, with its subject and when it is sent."""

from console.sample_mails import SAMPLE_DAY, Kind, sample_mail

_HEAD = """# The mails

Made by `make documents`; the pictures, and what tells whether they are behind the templates, by
`koppeling mails pictures`. Do not edit.

Each is sent as plain text and as HTML; `koppeling mails preview <kind>` shows both. Who is mailed
when is one table, `services/connector/domain/mails.py`, for licenses
`services/licensing/domain/pool.py`, and for a question that waits
`services/importer/domain/koppeling_end.py`; the states are in
[koppeling.md](koppeling.md), the facts below are invented.
"""
_WHEN = {
    Kind.WAITING: "ops asked for the koppeling, and Somtoday does not show it, or not enough of it",
    Kind.ACTIVE: "a roster may be fetched",
    Kind.EXPIRING_30: "the last day is 30 days away or less",
    Kind.EXPIRING_7: "the last day is 7 days away or less",
    Kind.EXPIRED: "the last day has passed",
    Kind.REVOKED: "the school withdrew it in Somtoday, and an hour later it still is",
    Kind.FAILING: "it has been degraded for CONNECTOR_FAILING_AFTER_HOURS",
    Kind.NARROWED: "a vestiging was open, and an hour later still is not any more",
    Kind.PEOPLE_ASKED: "the koppeling is over and the school did not say what becomes of its "
    "people: a week before the day to answer by, and on that day",
    Kind.NIGHT_STOPPED: "a scheduled import was held by a brake, or failed on the second night in "
    "a row; the very same again after a week",
    Kind.OPS_DIGEST: "anything needs attention: to ops, once a day",
    Kind.POOL_LOW: "a pool of licenses has reached 80 or 95 percent",
    Kind.POOL_EMPTY: "the last license of a pool was used",
    Kind.POOL_OVERDRAWN: "pupils go on without a license left, as was agreed with the school",
    Kind.OPS_POOL_LEVEL: "any of the three before it: to ops, with the school's mail",
}


def mails_document() -> str:
    """A section a mail."""
    return _HEAD + "".join(_section(kind) for kind in Kind)


def _section(kind: Kind) -> str:
    subject = sample_mail(kind, SAMPLE_DAY)["Subject"]
    return f"\n## `{kind}`\n\nWhen {_WHEN[kind]}.\n\n![{subject}](mails/{kind}.png)\n"

"""Tables of the nightly proof: what sources said last, what was found, and what is accepted."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import id_column, metadata, moment_column, school_column

source_baseline = Table(
    "source_baseline",
    metadata,
    school_column(),
    Column("source", Text, nullable=False),
    # CASCADE: without its run nothing tells what became of what was offered.
    Column(
        "run_id",
        Uuid,
        ForeignKey("import_run.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    moment_column("said_at", comment="when the source says its data were read"),
    moment_column("planned_at"),
    Column("digest", Text, nullable=False, comment="SHA-256 of the content before compression"),
    Column(
        "content",
        LargeBinary,
        nullable=False,
        comment="personal data: the document and the offered changes as lines of JSON, zstd",
    ),
    PrimaryKeyConstraint("school_id", "source"),
    CheckConstraint("source IN ('somtoday', 'csv')", name="source_known"),
    comment="What each source of a school said last, and what its plan offered: the ground of "
    "the nightly proof",
)

reconciliation = Table(
    "reconciliation",
    metadata,
    id_column(),
    school_column(),
    Column("day", Date, nullable=False, comment="calendar day in Europe/Amsterdam"),
    moment_column("at", now=True),
    Column("verdict", Text, nullable=False),
    Column(
        "stands_on",
        Uuid,
        comment="the earlier proof that still stands, as nothing changed since; null when counted",
    ),
    Column("roster_version", BigInteger, nullable=False),
    Column("people", BigInteger, nullable=False, comment="rows of the roster that were compared"),
    Column("groups", BigInteger, nullable=False),
    Column("memberships", BigInteger, nullable=False),
    Column("causes", JSONB, nullable=False, comment="number of differences by cause"),
    Column("accepted", Integer, nullable=False, comment="differences that the school accepts"),
    Column(
        "digest",
        Text,
        nullable=False,
        comment="SHA-256 of the sources' digests, the roster's version and the differences",
    ),
    Column(
        "sources",
        JSONB,
        nullable=False,
        comment="digest and moment of what each source said last",
    ),
    CheckConstraint(
        "verdict IN ('equal', 'explained', 'differs', 'no_source')", name="verdict_known"
    ),
    UniqueConstraint("school_id", "day"),
    comment="One proof per school and night: roster = last source + what is on record; counts "
    "only, no personal data",
)

reconciliation_difference = Table(
    "reconciliation_difference",
    metadata,
    id_column(),
    school_column(),
    Column("position", Integer, nullable=False),
    Column(
        "fingerprint",
        Text,
        nullable=False,
        comment="SHA-256 of what differs; an acceptance names it",
    ),
    Column("source", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("subject_id", Uuid),
    Column("person_id", Uuid),
    Column("group_id", Uuid),
    Column("candidate_ids", ARRAY(Uuid), nullable=False),
    Column("label", Text, nullable=False, comment="personal data"),
    Column("before", JSONB, nullable=False, comment="personal data: as in the roster"),
    Column("after", JSONB, nullable=False, comment="personal data: as the source said it"),
    UniqueConstraint("school_id", "position"),
    comment="What the newest proof of a school found: replaced by the next that finds another",
)

reconciliation_exception = Table(
    "reconciliation_exception",
    metadata,
    school_column(),
    Column("fingerprint", Text, nullable=False),
    Column("person_ids", ARRAY(Uuid), nullable=False, comment="whom the difference is about"),
    Column(
        "until",
        Date,
        nullable=False,
        comment="last day (Europe/Amsterdam) on which it is accepted",
    ),
    Column("reason", Text, nullable=False, comment="in the words of who accepted it"),
    Column("name", Text, nullable=False, comment="personal data: who accepted it, as written"),
    Column("accepted_by", Text, nullable=False, comment="opaque id of the caller"),
    moment_column("accepted_at", now=True),
    PrimaryKeyConstraint("school_id", "fingerprint"),
    comment="Differences that a school accepts until a day; removed with whom they are about",
)

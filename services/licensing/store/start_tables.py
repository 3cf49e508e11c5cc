"""Tables of starts: who counts for whom, the first answers, and the log by month."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from services.licensing.store.tables import of_a_school
from shared.tables import metadata, moment_column, school_column

license_merge = Table(
    "license_merge",
    metadata,
    school_column(),
    Column("person_id", Uuid, primary_key=True),
    Column(
        "into_person_id",
        Uuid,
        nullable=False,
        index=True,
        comment="who they are; never itself merged, so one look is enough",
    ),
    Column("actor", Text, nullable=False, comment="audit name of who said so"),
    moment_column("merged_at", now=True),
    CheckConstraint("person_id <> into_person_id", name="two_persons"),
    comment="persons that turned out to be another: their starts count for that one",
)

license_answer = Table(
    "license_answer",
    metadata,
    Column(
        "idempotency_key",
        Text,
        nullable=False,
        comment="given by the caller, or derived; means something for its pupil only. First in "
        "the key: keys that grow with time are written side by side, however many there are",
    ),
    Column("person_id", Uuid, nullable=False),
    of_a_school(),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of the request"),
    Column("use_id", Uuid, nullable=False),
    Column("license_id", Uuid, nullable=False),
    Column(
        "license_used_now",
        Boolean,
        nullable=False,
        comment="whether this start was the first under its license",
    ),
    Column(
        "licenses_left",
        Integer,
        nullable=False,
        comment="in the pool, when it was recorded; below zero in overdraft",
    ),
    PrimaryKeyConstraint("idempotency_key", "person_id"),
    CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_is_sha256"),
    comment="the first answer to every start, for ever; no foreign key, as nobody may delete",
)

license_use = Table(
    "license_use",
    metadata,
    Column("id", Uuid, nullable=False),
    of_a_school(),
    Column("license_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("activity_kind", Text, nullable=False),
    Column("activity_id", Text, nullable=False),
    moment_column("started_at"),
    Column(
        "license_used_now",
        Boolean,
        nullable=False,
        comment="whether this start was the first under its license",
    ),
    moment_column("recorded_at", now=True),
    PrimaryKeyConstraint("id", "recorded_at"),
    CheckConstraint("activity_kind IN ('sprongtoets', 'oefening')", name="activity_kind_known"),
    Index("ix_license_use_school_id_person_id", "school_id", "person_id"),
    Index("ix_license_use_first", "school_id", postgresql_where=text("license_used_now")),
    comment="the log: every start of a sprongtoets or an oefening, by month, until retention",
    postgresql_partition_by="RANGE (recorded_at)",
)

"""Tables of who looked at whom, how long people are kept, and who was erased."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import id_column, metadata, moment_column, school_column

audit_entry = Table(
    "audit_entry",
    metadata,
    id_column(),
    school_column(),
    moment_column("at", now=True),
    Column("actor", Text, nullable=False, comment="opaque id of the caller, never a name"),
    Column("action", Text, nullable=False),
    Column("what", Text, nullable=False, comment="which list or page was asked for"),
    Column(
        "person_ids",
        ARRAY(Uuid),
        nullable=False,
        comment="whom it was about; empty for a run, whose changes name them",
    ),
    # No foreign key: the entry outlives the run.
    Column("run_id", Uuid, comment="of what an import did or showed"),
    Column("request_id", Text, nullable=False, comment="X-Request-ID of the call"),
    Column(
        "facts",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="filters and reasons, no personal data",
    ),
    CheckConstraint(
        "action IN ('look', 'export', 'change', 'erase', 'resolve', 'merge')", name="action_known"
    ),
    Index("ix_audit_entry_school_id_id", "school_id", "id"),
    Index(
        "ix_audit_entry_for_good",
        *("school_id", "id"),
        postgresql_where=text("action IN ('erase', 'merge')"),
    ),
    comment="every look at people and every change of them: who and when, never what it said",
)

erased_key = Table(
    "erased_key",
    metadata,
    school_column(),
    Column(
        "key_hash",
        LargeBinary,
        nullable=False,
        comment="SHA-256 of a key too long to be guessed: Somtoday's uuid or an ECK iD",
    ),
    Column("person_id", Uuid, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    moment_column("erased_at", now=True),
    PrimaryKeyConstraint("school_id", "key_hash"),
    CheckConstraint("octet_length(key_hash) = 32", name="hash_is_sha256"),
    Index("ix_erased_key_person_id", "person_id"),
    comment="how an erased person is known again, so that no import brings them back unasked",
)

school_retention = Table(
    "school_retention",
    metadata,
    school_column(primary_key=True),
    Column(
        "person_months",
        SmallInteger,
        nullable=False,
        comment="months after the end of the schooljaar in which somebody was archived",
    ),
    Column("changed_by", Text, nullable=False, comment="opaque id of the caller, never a name"),
    moment_column("changed_at", now=True),
    CheckConstraint("person_months BETWEEN 0 AND 24", name="two_years_at_most"),
    comment="how long a school keeps who left; a school without a row keeps the default",
)

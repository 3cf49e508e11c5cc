"""The outbox: one row per side effect, or event to hear of, that is still to come or was done."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import id_column, metadata, moment_column

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    Column("service", Text, nullable=False, comment="who will carry it out"),
    Column("topic", Text, nullable=False, comment="which handler carries it out"),
    Column("subject_id", Uuid, nullable=False, comment="the row it is about"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'"), comment="no personal data"),
    Column(
        "written_by",
        Text,
        comment="the service that published it; null for a service's own side effect",
    ),
    moment_column("created_at", now=True),
    moment_column("due_at", now=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text, comment="class of the last failure, never its text"),
    moment_column("done_at", nullable=True),
    moment_column("dead_at", nullable=True),
    CheckConstraint("written_by <> service", name="written_by_another"),
    CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    CheckConstraint("done_at IS NULL OR dead_at IS NULL", name="done_or_dead"),
    # Partial: done rows outnumber open ones by far and are never looked up by due time.
    Index(
        "ix_outbox_open",
        "service",
        "due_at",
        postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
    ),
    # Partial: what was given up is little, and looked for among all that was ever done.
    Index("ix_outbox_dead", "service", "id", postgresql_where=text("dead_at IS NOT NULL")),
    comment="side effects outside the database, written with their cause",
)

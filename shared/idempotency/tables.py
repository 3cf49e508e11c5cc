"""First answers, kept so that a repeated write returns them."""

from sqlalchemy import Column, LargeBinary, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import metadata, moment_column

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("service", Text, nullable=False),
    Column("caller", Text, nullable=False, comment="a key of one caller means nothing to another"),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of the request"),
    Column("answer", JSONB, comment="the first answer; no personal data"),
    moment_column("created_at", now=True),
    PrimaryKeyConstraint("service", "caller", "key"),
    comment="first answers, so that a repeated write changes nothing",
)

"""Tables of what licensing tells others: webhooks, their deliveries, and a school's contact."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.tables import id_column, metadata, moment_column, school_column

webhook = Table(
    "webhook",
    metadata,
    id_column(),
    Column(
        "product",
        Text,
        ForeignKey("product.code", ondelete="RESTRICT"),
        comment="the one Kurve product whose events it gets; null for all",
    ),
    Column("url", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False, comment="types of event, e.g. pool.low"),
    Column("secret", LargeBinary, nullable=False, comment="signs what is sent; encrypted"),
    Column(
        "secret_before",
        LargeBinary,
        comment="encrypted; signs too, so that a receiver can change over in its own time",
    ),
    moment_column("secret_before_until", nullable=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column(
        "failures",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="attempts that failed since one succeeded",
    ),
    Column(
        "rests_until",
        DateTime(timezone=True),
        comment="a receiver that fails is left alone, so that it holds up nobody else",
    ),
    Column("created_by", Text, nullable=False, comment="audit name of the caller"),
    moment_column("created_at", now=True),
    CheckConstraint("cardinality(events) > 0", name="some_event"),
    CheckConstraint("failures >= 0", name="failures_not_negative"),
    CheckConstraint(
        "(secret_before IS NULL) = (secret_before_until IS NULL)", name="secret_before_ends"
    ),
    comment="where other Kurve systems want to be told of events",
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    id_column(),
    Column("webhook_id", Uuid, ForeignKey("webhook.id", ondelete="RESTRICT"), nullable=False),
    Column(
        "event_id",
        Uuid,
        nullable=False,
        comment="the same in every attempt, so that receivers can tell a repeat",
    ),
    Column("event", Text, nullable=False, comment="type of the event"),
    Column("payload", JSONB, nullable=False, comment="what is sent: ids and numbers only"),
    Column("entry_id", Uuid, nullable=False, comment="the outbox entry that carries it out"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    moment_column("delivered_at", nullable=True),
    moment_column("created_at", now=True),
    UniqueConstraint("webhook_id", "event_id", name="uq_webhook_delivery_webhook_id_event_id"),
    Index("ix_webhook_delivery_webhook_id_id", "webhook_id", "id"),
    Index("ix_webhook_delivery_created_at", "created_at"),
    comment="an event on its way to one webhook: who has it does not get it again",
)

webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    id_column(),
    Column(
        "delivery_id", Uuid, ForeignKey("webhook_delivery.id", ondelete="CASCADE"), nullable=False
    ),
    moment_column("at"),
    Column("status", Integer, comment="HTTP status; null when there was no answer"),
    Column("error", Text, comment="class of the failure, never its text"),
    Column("milliseconds", Integer, nullable=False, comment="until the answer, or the failure"),
    CheckConstraint("(status IS NULL) <> (error IS NULL)", name="answer_or_error"),
    Index("ix_webhook_attempt_delivery_id_id", "delivery_id", "id"),
    comment="each time that a delivery was tried",
)

license_contact = Table(
    "license_contact",
    metadata,
    school_column(primary_key=True),
    Column("school_name", Text, nullable=False, comment="as the mail calls the school"),
    Column("email", Text, nullable=False, comment="personal data, when it is a person's"),
    moment_column("updated_at", now=True),
    comment="whom a school wants mailed about its licenses; not the contact of a koppeling",
)

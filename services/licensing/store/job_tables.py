"""Tables of licensing's jobs: how far the ledger was read, and the nightly proof."""

from sqlalchemy import BigInteger, Column, Date, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import id_column, metadata, moment_column

license_feed_position = Table(
    "license_feed_position",
    metadata,
    Column("reader", Text, primary_key=True),
    Column(
        "written_by",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="every entry of a transaction up to this one was read",
    ),
    comment="how far each reader of the ledger has come, and the lock of who reads on",
)

license_check = Table(
    "license_check",
    metadata,
    id_column(),
    Column("day", Date, nullable=False, unique=True, comment="calendar day in Europe/Amsterdam"),
    Column("pools", Integer, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column(
        "problems",
        JSONB,
        nullable=False,
        comment="pools and what differs in them; no personal data",
    ),
    moment_column("checked_at", now=True),
    comment="the nightly proof that pools, licenses and ledger say the same, or what does not",
)

"""The table of API keys; only a hash of each key is stored."""

from sqlalchemy import ARRAY, CheckConstraint, Column, ForeignKey, LargeBinary, Table, Text

from shared.tables import id_column, metadata, moment_column

api_key = Table(
    "api_key",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, comment="who holds the key, for the list of keys"),
    Column("key_hash", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the key"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column(
        "product",
        Text,
        ForeignKey("product.code", ondelete="RESTRICT"),
        comment="the one product this key may see; null for Kurve ops",
    ),
    moment_column("created_at", now=True),
    moment_column("expires_at", nullable=True),
    moment_column("revoked_at", nullable=True),
    moment_column("last_used_at", nullable=True),
    CheckConstraint("octet_length(key_hash) = 32", name="key_hash_is_sha256"),
    CheckConstraint("cardinality(scopes) > 0", name="has_scope"),
    comment="who may call as Kurve ops or as another product",
)

"""Tables of licensing."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
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

from shared.tables import id_column, metadata, moment_column, school_column


def _pool_column() -> Column:  # type: ignore[type-arg]
    target = ForeignKey("license_pool.id", ondelete="RESTRICT")
    return Column("pool_id", Uuid, target, nullable=False)


license_product = Table(
    "license_product",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False, comment="as schools know it"),
    Column("product", Text, ForeignKey("product.code", ondelete="RESTRICT"), nullable=False),
    Column(
        "leergebied", Text, comment="the part of the product it is limited to; null for all of it"
    ),
    CheckConstraint("code ~ '^[a-z][a-z0-9-]{0,31}$'", name="code_is_a_slug"),
    comment="what a license covers: data, so that a new one needs no new code",
)

license_pool = Table(
    "license_pool",
    metadata,
    id_column(),
    school_column(),
    Column(
        "license_product",
        Text,
        ForeignKey("license_product.code", ondelete="RESTRICT"),
        nullable=False,
    ),
    Column("schooljaar", Text, nullable=False),
    Column(
        "granted",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="sum of the ledger's grants; kept by its trigger",
    ),
    Column(
        "used",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="number of the ledger's uses; kept by its trigger",
    ),
    UniqueConstraint(
        "school_id",
        "license_product",
        "schooljaar",
        name="uq_license_pool_school_id_license_product_schooljaar",
    ),
    CheckConstraint("schooljaar ~ '^[0-9]{4}-[0-9]{4}$'", name="schooljaar_shape"),
    CheckConstraint("0 <= used AND used <= granted", name="never_oversold"),
    comment="the licenses of a school for one schooljaar, and the lock of whoever uses one",
)

license_in_use = Table(
    "license",
    metadata,
    id_column(),
    school_column(),
    _pool_column(),
    Column(
        "person_id",
        Uuid,
        nullable=False,
        comment="no foreign key: the license counts also when the person is erased",
    ),
    moment_column("used_at", now=True),
    UniqueConstraint("pool_id", "person_id", name="uq_license_pool_id_person_id"),
    comment="a license in use: one pupil, one license product, one schooljaar",
)

license_entry = Table(
    "license_entry",
    metadata,
    id_column(),
    school_column(),
    _pool_column(),
    Column("kind", Text, nullable=False),
    Column("amount", Integer, nullable=False, comment="licenses; negative takes away"),
    Column(
        "license_id",
        Uuid,
        ForeignKey("license.id", ondelete="RESTRICT"),
        unique=True,
        comment="of a use: which license it paid",
    ),
    Column("actor", Text, comment="audit name of who granted"),
    Column("reason", Text, comment="of a grant, e.g. an order number"),
    moment_column("created_at", now=True),
    CheckConstraint("kind IN ('grant', 'use')", name="kind_known"),
    CheckConstraint(
        "(kind = 'use') = (license_id IS NOT NULL) AND (kind <> 'use' OR amount = -1)",
        name="use_takes_one",
    ),
    CheckConstraint(
        "kind <> 'grant' OR (amount <> 0 AND actor IS NOT NULL AND reason IS NOT NULL)",
        name="grant_says_who_and_why",
    ),
    Index("ix_license_entry_pool_id_id", "pool_id", "id"),
    comment="the ledger: every grant and every use, append-only; pools are its sums",
)

license_use = Table(
    "license_use",
    metadata,
    id_column(),
    school_column(),
    Column(
        "idempotency_key",
        Text,
        nullable=False,
        comment="given by the caller, or derived; means something for its pupil only",
    ),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of the request"),
    Column("license_id", Uuid, ForeignKey("license.id", ondelete="RESTRICT"), nullable=False),
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
    Column("licenses_left", Integer, nullable=False, comment="in the pool, when it was recorded"),
    moment_column("recorded_at", now=True),
    UniqueConstraint(
        "school_id",
        "person_id",
        "idempotency_key",
        name="uq_license_use_school_id_person_id_idempotency_key",
    ),
    CheckConstraint("activity_kind IN ('sprongtoets', 'oefening')", name="activity_kind_known"),
    CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_is_sha256"),
    CheckConstraint("licenses_left >= 0", name="left_not_negative"),
    comment="every start of a sprongtoets or an oefening, and the answer it got, for ever",
)

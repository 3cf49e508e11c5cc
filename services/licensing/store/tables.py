"""Tables of licensing: what is covered, the pools, and the ledger that fills and empties them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shared.tables import id_column, metadata, moment_column, school_column


def of_a_school() -> Column:  # type: ignore[type-arg]
    """Whose row it is, where another column proves that there is such a school."""
    return Column("school_id", Uuid, nullable=False)


def _pool_of_the_school(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["pool_id", "school_id"],
        ["license_pool.id", "license_pool.school_id"],
        ondelete="RESTRICT",
        name=f"fk_{table}_pool_id_school_id",
    )


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
        comment="number of the ledger's uses less its releases; kept by its trigger",
    ),
    Column(
        "overdraft",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="how many more than granted may be used; 0 blocks when the pool is empty",
    ),
    Column(
        "told_level",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="percentage in use that was last told: 0, 80, 95, 100, or 101 in overdraft",
    ),
    UniqueConstraint(
        "school_id",
        "license_product",
        "schooljaar",
        name="uq_license_pool_school_id_license_product_schooljaar",
    ),
    CheckConstraint("schooljaar ~ '^[0-9]{4}-[0-9]{4}$'", name="schooljaar_shape"),
    UniqueConstraint("id", "school_id", name="uq_license_pool_id_school_id"),
    CheckConstraint("overdraft BETWEEN 0 AND 1000000", name="overdraft_within_bounds"),
    CheckConstraint(
        "granted >= 0 AND used >= 0 AND used <= granted + overdraft", name="never_oversold"
    ),
    comment="the licenses of a school for one schooljaar, and the lock of whoever uses one",
)

license_in_use = Table(
    "license",
    metadata,
    id_column(),
    of_a_school(),
    Column("pool_id", Uuid, nullable=False),
    Column(
        "person_id",
        Uuid,
        nullable=False,
        comment="who holds it; no foreign key: it counts also when the person is erased",
    ),
    moment_column("used_at", now=True),
    Column(
        "released_at",
        DateTime(timezone=True),
        comment="when it was given back; null while it is in use",
    ),
    _pool_of_the_school("license"),
    Index(
        "uq_license_in_use",
        "pool_id",
        "person_id",
        unique=True,
        postgresql_where=text("released_at IS NULL"),
    ),
    Index("ix_license_school_id_person_id", "school_id", "person_id"),
    comment="a license that was used: one pupil, one license product, one schooljaar",
)

license_entry = Table(
    "license_entry",
    metadata,
    id_column(),
    of_a_school(),
    Column("pool_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column(
        "amount",
        Integer,
        nullable=False,
        comment="licenses added to the account `available`, taken from the counter account",
    ),
    Column(
        "counter_account",
        Text,
        Computed("CASE kind WHEN 'grant' THEN 'granted' ELSE 'used' END"),
        nullable=False,
        comment="the other half of the entry",
    ),
    Column(
        "license_id",
        Uuid,
        ForeignKey("license.id", ondelete="RESTRICT"),
        comment="of a use or a release: which license",
    ),
    Column("actor", Text, comment="audit name of who granted or released"),
    Column("reason", Text, comment="e.g. an order number"),
    moment_column("created_at", now=True),
    Column(
        "written_by",
        BigInteger,
        nullable=False,
        server_default=text("pg_current_xact_id()::text::bigint"),
        comment="the transaction: a feed in its order, below the oldest still open, misses none",
    ),
    _pool_of_the_school("license_entry"),
    UniqueConstraint("license_id", "kind"),
    CheckConstraint("kind IN ('grant', 'use', 'release')", name="kind_known"),
    CheckConstraint(
        "CASE kind WHEN 'grant' THEN license_id IS NULL "
        "WHEN 'use' THEN license_id IS NOT NULL AND amount = -1 "
        "ELSE license_id IS NOT NULL AND amount = 1 END",
        name="a_license_moves_by_one",
    ),
    CheckConstraint(
        "kind = 'use' OR (amount <> 0 AND actor IS NOT NULL AND reason IS NOT NULL)",
        name="who_and_why",
    ),
    Index("ix_license_entry_pool_id_id", "pool_id", "id"),
    Index("ix_license_entry_written_by_id", "written_by", "id"),
    comment="the ledger: every grant, use and release, append-only; pools are its sums",
)

"""The connector's tables: products, schools and their koppelingen."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.connector.domain.koppeling import State
from shared.tables import id_column, metadata, moment_column

_STATES = ", ".join(f"'{state}'" for state in State)

product = Table(
    "product",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False, comment="as schools know it"),
    Column("somtoday_client_id", Text, nullable=False),
    Column(
        "somtoday_client_secret",
        LargeBinary,
        nullable=False,
        comment="encrypted with CONNECTOR_ENCRYPTION_KEYS",
    ),
    Column("required_datavelden", ARRAY(Text), nullable=False),
    Column("optional_datavelden", ARRAY(Text), nullable=False),
    CheckConstraint("code ~ '^[a-z][a-z0-9-]{0,31}$'", name="code_is_a_slug"),
    CheckConstraint("NOT required_datavelden && optional_datavelden", name="required_or_optional"),
    comment="Kurve's products: data, so that a new product needs no new code",
)

school = Table(
    "school",
    metadata,
    id_column(),
    Column("brin", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    CheckConstraint("brin ~ '^[0-9]{2}[A-Z]{2}$'", name="brin_is_a_brin"),
    comment="every school that any product knows; the tables of all services refer to it",
)

koppeling = Table(
    "koppeling",
    metadata,
    id_column(),
    Column("school_id", Uuid, ForeignKey("school.id", ondelete="RESTRICT"), nullable=False),
    Column("product", Text, ForeignKey("product.code", ondelete="RESTRICT"), nullable=False),
    Column("state", Text, nullable=False),
    Column("contact_email", Text, nullable=False, comment="who at school gets the mails"),
    Column("organisation_id", Uuid, comment="Somtoday's id of the school, looked up by us"),
    Column("begin_on", Date, comment="stated first day, Europe/Amsterdam"),
    Column("end_on", Date, comment="stated last day, inclusive"),
    Column(
        "stated_vestigingen",
        ARRAY(Text),
        comment="vestigingscodes (BRIN6) of the doelgroep; null is all",
    ),
    Column(
        "stated_onderwijssoorten",
        ARRAY(Text),
        comment="onderwijssoorten of the doelgroep; null is all",
    ),
    Column(
        "stated_leerjaren", ARRAY(SmallInteger), comment="leerjaren of the doelgroep; null is all"
    ),
    Column("stated_vakken", ARRAY(Text), comment="vakken of the doelgroep; null is all"),
    Column(
        "stated_datavelden",
        ARRAY(Text),
        comment="optional datavelden agreed upon; null is all of the product",
    ),
    Column(
        "chosen_organisation_id",
        Uuid,
        comment="what ops chose among several that Somtoday lists",
    ),
    Column(
        "told",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="what the school was mailed about since it was last requested",
    ),
    Column(
        "told_at",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="when the school was last mailed, by kind of mail: keeps mails apart",
    ),
    Column("last_problem", Text, comment="code of what is wrong now"),
    moment_column("requested_at", now=True),
    moment_column("last_verified_at", nullable=True),
    moment_column("verify_due_at", nullable=True),
    Column(
        "revision",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="counts the changes of what ops state: its ETag",
    ),
    UniqueConstraint("school_id", "product"),
    CheckConstraint(f"state IN ({_STATES})", name="state_exists"),
    CheckConstraint("begin_on <= end_on", name="dates_in_order"),
    CheckConstraint(
        "contact_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name="contact_is_an_address"
    ),
    Index("ix_koppeling_product", "product"),
    # Partial: paused and ended koppelingen are never due.
    Index(
        "ix_koppeling_verify_due_at",
        "verify_due_at",
        postgresql_where=text("verify_due_at IS NOT NULL"),
    ),
    comment="a school's standing permission for one product to read its Somtoday data",
)

koppeling_event = Table(
    "koppeling_event",
    metadata,
    id_column(),
    Column("koppeling_id", Uuid, ForeignKey("koppeling.id", ondelete="RESTRICT"), nullable=False),
    moment_column("at", now=True),
    Column("from_state", Text, comment="null for the first request"),
    Column("to_state", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False, comment="audit name of a caller, or connector"),
    Column("reason", Text, comment="no personal data"),
    Column(
        "position",
        BigInteger,
        Identity(),
        nullable=False,
        comment="order of commit over all koppelingen: a reader of what follows never misses one",
    ),
    Column(
        "changed",
        ARRAY(Text),
        comment="names of the fields that ops stated anew; null for a transition",
    ),
    UniqueConstraint("position"),
    CheckConstraint(f"from_state IN ({_STATES})", name="from_state_exists"),
    CheckConstraint(f"to_state IN ({_STATES})", name="to_state_exists"),
    CheckConstraint(
        "changed IS NULL OR (from_state = to_state AND cardinality(changed) > 0)",
        name="changed_moves_nothing",
    ),
    Index("ix_koppeling_event_koppeling_id_id", "koppeling_id", "id"),
    comment="every transition and change of every koppeling: who, when and why; append-only",
)

vestiging = Table(
    "vestiging",
    metadata,
    id_column(),
    Column("koppeling_id", Uuid, ForeignKey("koppeling.id", ondelete="RESTRICT"), nullable=False),
    Column("somtoday_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("codes", ARRAY(Text), nullable=False, comment="vestigingscodes (BRIN6)"),
    moment_column("first_seen_at"),
    moment_column("last_seen_at"),
    UniqueConstraint("koppeling_id", "somtoday_id"),
    CheckConstraint("first_seen_at <= last_seen_at", name="seen_in_order"),
    comment="the vestigingen that a school was seen to open for a product",
)

ops_digest = Table(
    "ops_digest",
    metadata,
    Column("day", Date, primary_key=True, comment="calendar day in Europe/Amsterdam"),
    moment_column("written_at", now=True),
    comment="the days that ops were mailed an overview: one mail a day, however many workers",
)

"""Tables of the roster: what Numo knows of each school's people and groups."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shared.roster.document import PERSON_FIELDS
from shared.tables import id_column, metadata, moment_column, school_column

# Who somebody is; the rest of a person's columns says only what they are.
IDENTIFYING = (
    "source_key",
    *(
        name
        for name in PERSON_FIELDS
        if name not in {"leerjaar", "onderwijssoort", "vestiging_code"}
    ),
)


def bare_number_of(column: str) -> str:
    """SQL for a leerlingnummer as it is compared: the twin of the domain's `bare_number`."""
    return f"coalesce(nullif(ltrim({column}, '0'), ''), left({column}, 1))"


def _changed_in_column() -> Column:  # type: ignore[type-arg]
    return Column(
        "changed_in",
        BigInteger,
        nullable=False,
        server_default=text("1"),
        comment="roster version that last changed the row; set by a trigger",
    )


person = Table(
    "person",
    metadata,
    id_column(),
    school_column(),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),
    Column("source_key", Text, comment="Somtoday's uuid; null for who came by CSV only"),
    *(Column(name, Text) for name in PERSON_FIELDS),
    Column(
        "held_fields",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="fields changed by hand in Numo: a source overwrites them only when chosen",
    ),
    moment_column("created_at", now=True),
    moment_column("updated_at", now=True),
    moment_column("archived_at", nullable=True),
    Column(
        "erased_at",
        DateTime(timezone=True),
        comment="when names and identifiers were cleared; the id stays, so that counts stay right",
    ),
    # RESTRICT: a person is never deleted, and keys that lead to nobody would lead to a double.
    Column(
        "merged_into",
        Uuid,
        ForeignKey("person.id", ondelete="RESTRICT"),
        comment="who this person turned out to be; their keys lead there",
    ),
    _changed_in_column(),
    CheckConstraint("role IN ('pupil', 'employee')", name="role_known"),
    CheckConstraint(
        "merged_into IS NULL OR (state <> 'active' AND merged_into <> id)", name="merged_is_over"
    ),
    CheckConstraint("state IN ('active', 'archived', 'erased')", name="state_known"),
    CheckConstraint("(state = 'active') = (archived_at IS NULL)", name="archived_at_fits"),
    CheckConstraint(
        "(state = 'erased') = (erased_at IS NOT NULL) "
        f"AND (state <> 'erased' OR num_nonnulls({', '.join(IDENTIFYING)}) = 0)",
        name="erased_is_empty",
    ),
    CheckConstraint(
        "held_fields <@ ARRAY['given_name', 'prefix', 'family_name', 'email', 'username', "
        "'leerjaar', 'onderwijssoort', 'vestiging_code']",
        name="held_fields_known",
    ),
    UniqueConstraint("school_id", "source_key"),
    # One leerlingnummer, one pupil at school; a leaver's number may be handed on.
    Index(
        "uq_person_active_pupil_number",
        "school_id",
        "pupil_number",
        unique=True,
        postgresql_where=text("state = 'active' AND role = 'pupil'"),
    ),
    Index("ix_person_school_id_id", "school_id", "id"),
    Index("ix_person_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    Index("ix_person_school_id_changed_in_id", "school_id", "changed_in", "id"),
    comment="Pupils and employees of a school as Numo knows them; archived, "
    "then erased in place, never deleted",
)

roster_group = Table(
    "roster_group",
    metadata,
    id_column(),
    school_column(),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),
    Column("source_key", Text, comment="Somtoday's uuid; null for what came by CSV only"),
    Column("schooljaar", Text, nullable=False),
    Column("name", Text),
    Column("leerjaar", Text),
    Column("onderwijssoort", Text),
    Column("vak", Text),
    Column("vestiging_code", Text),
    moment_column("created_at", now=True),
    moment_column("updated_at", now=True),
    moment_column("archived_at", nullable=True),
    _changed_in_column(),
    CheckConstraint("kind IN ('stamgroep', 'lesgroep')", name="kind_known"),
    CheckConstraint("state IN ('active', 'archived')", name="state_known"),
    CheckConstraint("(state = 'archived') = (archived_at IS NOT NULL)", name="archived_at_fits"),
    CheckConstraint("schooljaar ~ '^[0-9]{4}-[0-9]{4}$'", name="schooljaar_shape"),
    UniqueConstraint("school_id", "source_key"),
    Index("ix_roster_group_school_id_id", "school_id", "id"),
    Index("ix_roster_group_school_id_changed_in_id", "school_id", "changed_in", "id"),
    comment="Stamgroepen and lesgroepen; named so because GROUP is a word of SQL",
)

membership = Table(
    "membership",
    metadata,
    id_column(),
    school_column(),
    # CASCADE: where a row is deleted by hand, no trace of who was where may stay.
    Column("person_id", Uuid, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("group_id", Uuid, ForeignKey("roster_group.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),
    moment_column("created_at", now=True),
    moment_column("ended_at", nullable=True),
    _changed_in_column(),
    CheckConstraint("role IN ('pupil', 'teacher', 'mentor')", name="role_known"),
    CheckConstraint("state IN ('active', 'ended')", name="state_known"),
    CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_at_fits"),
    UniqueConstraint("group_id", "person_id", "role"),
    Index("ix_membership_school_id_id", "school_id", "id"),
    Index("ix_membership_person_id", "person_id"),
    Index("ix_membership_school_id_changed_in_id", "school_id", "changed_in", "id"),
    comment="Who is in which group, and as what; ended, never deleted",
)

roster_version = Table(
    "roster_version",
    metadata,
    school_column(primary_key=True),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column(
        "retained_on",
        Date,
        comment="last day (Europe/Amsterdam) that retention was carried out",
    ),
    Column(
        "reconciled_on",
        Date,
        comment="last day (Europe/Amsterdam) that the roster was compared with its sources",
    ),
    CheckConstraint("version >= 0", name="version_not_negative"),
    comment="Counts the changes of a school's roster: a plan fits one version only",
)

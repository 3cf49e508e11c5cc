"""Tables around a plan: thresholds, confirmations, decisions, and changes by hand."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shared.tables import id_column, metadata, moment_column, school_column

guard_rail = Table(
    "guard_rail",
    metadata,
    school_column(),
    Column("scope", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column(
        "percent",
        Integer,
        nullable=False,
        comment="share of the scope that holds a plan, inclusive",
    ),
    Column(
        "at_least",
        Integer,
        nullable=False,
        comment="fewer people than these never hold a plan, whatever their share",
    ),
    Column("set_by", Text, nullable=False, comment="opaque id of the caller, never a name"),
    moment_column("set_at", now=True),
    PrimaryKeyConstraint("school_id", "scope", "about"),
    CheckConstraint("scope IN ('school', 'vestiging', 'klas', 'role')", name="scope_known"),
    CheckConstraint("about IN ('archive', 'update')", name="about_known"),
    CheckConstraint("percent BETWEEN 1 AND 100", name="percent_is_a_share"),
    CheckConstraint("at_least BETWEEN 1 AND 10000", name="at_least_is_a_number"),
    comment="Thresholds that a school set itself; where it set none, the default holds",
)

import_confirmation = Table(
    "import_confirmation",
    metadata,
    id_column(),
    school_column(),
    Column("run_id", Uuid, ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("brake", Text, nullable=False, comment="key of the brake within its plan"),
    Column("reason", Text, nullable=False, comment="in the words of who confirmed"),
    Column("name", Text, nullable=False, comment="personal data: who confirmed, as written"),
    Column("confirmed_by", Text, nullable=False, comment="opaque id of the caller"),
    moment_column("confirmed_at", now=True),
    UniqueConstraint(
        "run_id", "digest", "brake", name="uq_import_confirmation_run_id_digest_brake"
    ),
    comment="Who let a held plan pass, and why: for the plan with this digest only",
)

match_decision = Table(
    "match_decision",
    metadata,
    id_column(),
    school_column(),
    Column(
        "source_identity",
        Text,
        nullable=False,
        comment="personal data: role, kind of key and key in the source",
    ),
    Column("verdict", Text, nullable=False),
    # CASCADE: a decision about somebody who was erased must leave no trace of them.
    Column(
        "person_id",
        Uuid,
        ForeignKey("person.id", ondelete="CASCADE"),
        comment="who it is; of a new person, who was made since",
    ),
    # CASCADE: as for a person, the decision means nothing without the group.
    Column(
        "group_id",
        Uuid,
        ForeignKey("roster_group.id", ondelete="CASCADE"),
        comment="which group it is; of a new one, which was made since",
    ),
    Column("label", Text, nullable=False, comment="personal data: as the source named them"),
    Column("decided_by", Text, nullable=False, comment="opaque id of the caller, never a name"),
    moment_column("decided_at", now=True),
    moment_column(
        "last_met_at", now=True, comment="when a source last named whom or what it is about"
    ),
    Column("revoked_by", Text),
    moment_column("revoked_at", nullable=True),
    CheckConstraint("verdict IN ('same', 'new', 'leave')", name="verdict_known"),
    CheckConstraint(
        "num_nonnulls(person_id, group_id) <= 1 "
        "AND (verdict <> 'same' OR num_nonnulls(person_id, group_id) = 1) "
        "AND (verdict <> 'leave' OR num_nonnulls(person_id, group_id) = 0)",
        name="subject_fits",
    ),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_fits"),
    Index(
        "uq_match_decision_holds",
        "school_id",
        "source_identity",
        unique=True,
        postgresql_where=text("revoked_at IS NULL"),
    ),
    Index("ix_match_decision_person_id", "person_id"),
    Index("ix_match_decision_group_id", "group_id"),
    comment="What a school decided of an ambiguous match: followed until it is revoked",
)

source_field = Table(
    "source_field",
    metadata,
    school_column(),
    Column("role", Text, nullable=False),
    Column("vestiging_code", Text, nullable=False, comment="empty where the source names none"),
    Column("field", Text, nullable=False),
    moment_column("said_at", now=True),
    PrimaryKeyConstraint("school_id", "role", "vestiging_code", "field"),
    comment="Which datavelden Somtoday named before: one that it leaves out now was withdrawn",
)

hand_change = Table(
    "hand_change",
    metadata,
    id_column(),
    school_column(),
    Column("person_id", Uuid, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("field", Text, nullable=False),
    Column("before", Text, comment="personal data"),
    Column("after", Text, comment="personal data"),
    Column(
        "released",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="the field was given back to the source: the next import may overwrite it",
    ),
    Column("changed_by", Text, nullable=False, comment="opaque id of the caller, never a name"),
    moment_column("changed_at", now=True),
    Index("ix_hand_change_school_id_person_id", "school_id", "person_id"),
    comment="What was changed by hand in Numo: who, when, which field",
)

"""Tables of what imports staged, and of the changes they propose."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import id_column, metadata, school_column


def _run_column() -> Column:  # type: ignore[type-arg]
    # CASCADE: what a run staged and proposed means nothing without the run.
    return Column("run_id", Uuid, ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False)


def _names_column(name: str, comment: str) -> Column:  # type: ignore[type-arg]
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"), comment=comment)


import_line = Table(
    "import_line",
    metadata,
    _run_column(),
    school_column(),
    Column("position", BigInteger, nullable=False),
    Column(
        "record",
        JSONB,
        comment="one record of the roster document, as the release before this one staged it",
    ),
    Column(
        "records",
        LargeBinary,
        comment="records of the roster document from this position on, a line each, as zstd",
    ),
    PrimaryKeyConstraint("run_id", "position"),
    CheckConstraint("num_nonnulls(record, records) = 1", name="one_form"),
    comment="The staged roster document of a run; removed when the run ends, so that a plan can be "
    "made anew until then",
)

import_file = Table(
    "import_file",
    metadata,
    _run_column(),
    school_column(),
    Column("position", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "position"),
    comment="An uploaded CSV in pieces; removed as soon as it is staged or the run ends",
)

import_change = Table(
    "import_change",
    metadata,
    id_column(),
    _run_column(),
    school_column(),
    Column("position", Integer, nullable=False, comment="order on the controlescherm"),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("choice", Text, comment="toevoegen, bijwerken or archiveren; null for a conflict"),
    Column("role", Text, nullable=False, comment="role of the person or member, kind of group"),
    Column("reason", Text, nullable=False),
    Column("subject_id", Uuid, comment="the row it makes or changes; null for a conflict"),
    Column("person_id", Uuid, comment="of a membership"),
    Column("group_id", Uuid, comment="of a membership"),
    Column("label", Text, nullable=False, comment="personal data: what the school's screen shows"),
    Column("before", JSONB, nullable=False, comment="personal data"),
    Column("after", JSONB, nullable=False, comment="personal data"),
    Column("candidate_ids", ARRAY(Uuid), nullable=False, comment="whom a conflict is about"),
    Column("chosen", Boolean, nullable=False),
    Column("outcome", Text),
    Column("outcome_reason", Text),
    Column("identity", Text, comment="personal data: names the subject from one plan to the next"),
    Column(
        "source_identity",
        Text,
        comment="personal data: what a decision on this conflict is remembered by",
    ),
    Column("klas", Text, comment="stamgroep of the subject, now or when added"),
    Column(
        "klas_vestiging",
        Text,
        comment="vestiging of that klas, or else of who is in it: every vestiging may have its 1A",
    ),
    Column("vestiging_code", Text, comment="of the subject, now or when added"),
    Column(
        "search",
        Text,
        comment="personal data: the label without case and accents, to look for",
    ),
    _names_column("held", "fields of `after` that were changed by hand"),
    _names_column("kept", "those of `held` and `undone` that stay so, and a key not given up"),
    _names_column("undone", "fields of `after` that an undo took back, found by a night"),
    Column(
        "difference",
        Text,
        comment="against the plan before this one of the same run; null when the same",
    ),
    Column(
        "key_moves",
        JSONB(none_as_null=True),
        comment="of each key that changes hands: whose it was (an id) and how it moves",
    ),
    Column(
        "over_since",
        DateTime(timezone=True),
        comment="of what was brought back: since when it had been archived or ended, so that an "
        "undo says the same again",
    ),
    CheckConstraint("difference IN ('new', 'changed', 'gone')", name="difference_known"),
    CheckConstraint("difference IS DISTINCT FROM 'gone' OR NOT chosen", name="gone_never_chosen"),
    CheckConstraint("kept <@ array_append(held || undone, 'source_key')", name="kept_may_be"),
    CheckConstraint("kind IN ('person', 'group', 'membership')", name="kind_known"),
    CheckConstraint(
        "action IN ('add', 'update', 'archive', 'reactivate', 'conflict', 'clear')",
        name="action_known",
    ),
    CheckConstraint("choice IN ('add', 'update', 'archive', 'clear')", name="choice_known"),
    CheckConstraint("outcome IN ('applied', 'not_chosen', 'skipped')", name="outcome_known"),
    CheckConstraint(
        "(action = 'conflict') = (choice IS NULL AND subject_id IS NULL)", name="conflict_is_open"
    ),
    CheckConstraint("action <> 'conflict' OR NOT chosen", name="conflict_never_chosen"),
    CheckConstraint(
        "(kind = 'membership') = (person_id IS NOT NULL AND group_id IS NOT NULL)",
        name="membership_has_both",
    ),
    Index("uq_import_change_run_id_position", "run_id", "position", unique=True),
    Index("ix_import_change_run_id_subject_id", "run_id", "subject_id"),
    comment="What an import would change, what of it was chosen, and what became of it",
)

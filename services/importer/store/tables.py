"""Tables of imports: runs, what they staged, and the changes they propose."""

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

from shared.tables import id_column, metadata, moment_column, school_column

_STATES = (
    "'requested', 'fetching', 'planned', 'applying', 'applied', 'failed', 'refused', 'cancelled', "
    "'expired'"
)
_LIVE = "state IN ('requested', 'fetching', 'planned', 'applying')"
_BUSY = "state IN ('requested', 'fetching', 'applying')"


def _run_column() -> Column:  # type: ignore[type-arg]
    # CASCADE: what a run staged and proposed means nothing without the run.
    return Column("run_id", Uuid, ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False)


def _names_column(name: str, comment: str) -> Column:  # type: ignore[type-arg]
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"), comment=comment)


import_run = Table(
    "import_run",
    metadata,
    id_column(),
    school_column(),
    Column("source", Text, nullable=False),
    # RESTRICT: an import that was taken back must stay to tell what was.
    Column(
        "undoes",
        Uuid,
        ForeignKey("import_run.id", ondelete="RESTRICT"),
        comment="the import that this one takes back",
    ),
    Column("state", Text, nullable=False, server_default=text("'requested'")),
    Column("phase", Text, comment="what the worker does; a fetch that is done is not done again"),
    Column("done", BigInteger, nullable=False, server_default=text("0")),
    Column("total", BigInteger, comment="null while unknown"),
    Column("revision", BigInteger, nullable=False, server_default=text("0")),
    Column("choice_revision", BigInteger, nullable=False, server_default=text("0")),
    Column("choice_add", Boolean, nullable=False, server_default=text("true")),
    Column("choice_update", Boolean, nullable=False, server_default=text("true")),
    Column("choice_archive", Boolean, nullable=False, server_default=text("false")),
    Column("choice_clear", Boolean, nullable=False, server_default=text("false")),
    Column("said", JSONB, comment="which datavelden the source named, by role and vestiging"),
    Column("lease_token", Uuid, comment="the worker that has the run; null while it is queued"),
    moment_column("lease_until", nullable=True),
    Column("attempt", Integer, nullable=False, server_default=text("0"), comment="times queued"),
    Column("claims", Integer, nullable=False, server_default=text("0"), comment="times begun"),
    Column("requested_by", Text, nullable=False, comment="opaque id of the caller, never a name"),
    Column("approved_by", Text, comment="opaque id of who pressed VERDER, never a name"),
    Column("roster_version", BigInteger, comment="the roster that the plan was made from"),
    Column("digest", Text, comment="SHA-256 of the plan, in hex"),
    Column("summary", JSONB, comment="counts only, no personal data"),
    Column("problem", Text, comment="error code of a run that failed or was refused"),
    Column("problem_detail", Text, comment="Dutch explanation, no personal data"),
    Column("problems", JSONB, nullable=False, server_default=text("'[]'"), comment="bad rows"),
    Column("problem_count", Integer, nullable=False, server_default=text("0")),
    Column(
        "brakes",
        JSONB,
        nullable=False,
        server_default=text("'[]'"),
        comment="why the plan is held; counts, no personal data",
    ),
    Column(
        "replanned",
        JSONB,
        comment="why the plan was made anew, and how much of it differs; no personal data",
    ),
    Column(
        "asked",
        ARRAY(Text),
        comment="what a plan without a source of its own is to hold: causes or fingerprints of "
        "differences, or roles to archive",
    ),
    moment_column(
        "given_up_at",
        nullable=True,
        comment="when it had broken so many workers that it was given up",
    ),
    Column(
        "last_error",
        Text,
        comment="class of what the last worker raised, never its text; null when it died",
    ),
    # RESTRICT: what became of it must stay to be told.
    Column(
        "put_again_as",
        Uuid,
        ForeignKey("import_run.id", ondelete="RESTRICT"),
        comment="the import that ops began in its place",
    ),
    moment_column("source_at", nullable=True, comment="when the source says its data were read"),
    moment_column("requested_at", now=True),
    moment_column("planned_at", nullable=True),
    moment_column("applied_at", nullable=True),
    moment_column("ended_at", nullable=True),
    Column(
        "problems_until",
        DateTime(timezone=True),
        comment="until when its rows of import_problem are kept; null when there are none",
    ),
    CheckConstraint(
        "source IN ('somtoday', 'csv', 'undo', 'reconciliation', 'koppeling_end')",
        name="source_known",
    ),
    CheckConstraint(
        "(source IN ('reconciliation', 'koppeling_end')) = (asked IS NOT NULL)", name="asked_fits"
    ),
    CheckConstraint("(source = 'undo') = (undoes IS NOT NULL)", name="undoes_fits"),
    CheckConstraint(f"state IN ({_STATES})", name="state_known"),
    CheckConstraint(
        "state NOT IN ('planned', 'applying', 'applied', 'refused') "
        "OR (digest IS NOT NULL AND roster_version IS NOT NULL AND summary IS NOT NULL)",
        name="plan_complete",
    ),
    CheckConstraint(
        "(problem IS NOT NULL) = (state IN ('failed', 'refused'))", name="problem_fits"
    ),
    Index("uq_import_run_live", "school_id", unique=True, postgresql_where=text(_LIVE)),
    # The sweeper looks for lost runs of all schools every few seconds.
    Index("ix_import_run_busy", "lease_until", postgresql_where=text(_BUSY)),
    # Plans that wait too long, and what was given up, are looked for over all schools.
    Index("ix_import_run_planned_at", "planned_at", postgresql_where=text("state = 'planned'")),
    Index(
        "ix_import_run_given_up",
        "id",
        postgresql_where=text("given_up_at IS NOT NULL AND put_again_as IS NULL"),
    ),
    Index("ix_import_run_school_id_id", "school_id", "id"),
    Index(
        "ix_import_run_problems_until",
        "problems_until",
        postgresql_where=text("problems_until IS NOT NULL"),
    ),
    comment="One import of a school, from source to applied; at most one is live",
)

import_line = Table(
    "import_line",
    metadata,
    _run_column(),
    school_column(),
    Column("position", BigInteger, nullable=False),
    Column("record", JSONB, nullable=False, comment="one record of the roster document"),
    PrimaryKeyConstraint("run_id", "position"),
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
    Column("vestiging_code", Text, comment="of the subject, now or when added"),
    Column(
        "search",
        Text,
        comment="personal data: the label without case and accents, to look for",
    ),
    _names_column("held", "fields of `after` that were changed by hand"),
    _names_column("kept", "those of `held` that stay as they are"),
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
    CheckConstraint("difference IN ('new', 'changed', 'gone')", name="difference_known"),
    CheckConstraint("difference IS DISTINCT FROM 'gone' OR NOT chosen", name="gone_never_chosen"),
    CheckConstraint("kept <@ held", name="kept_is_held"),
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

"""The table of imports."""

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
    Column(
        "cancelled_by",
        Text,
        comment="opaque id of who cancelled it, or began another in its place, never a name",
    ),
    Column("roster_version", BigInteger, comment="the roster that the plan was made from"),
    Column("digest", Text, comment="SHA-256 of the plan, in hex"),
    Column("summary", JSONB, comment="counts only, no personal data"),
    Column(
        "result",
        JSONB,
        comment="what was done of it: counts only, no personal data; null until applied",
    ),
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
    moment_column(
        "touched_at",
        nullable=True,
        comment="when somebody chose, confirmed, decided or read again in its plan last; null when "
        "nobody did since a night took it",
    ),
    moment_column("source_at", nullable=True, comment="when the source says its data were read"),
    Column(
        "source_content",
        Text,
        comment="digest of the roster document that was read, as its trailer tells it",
    ),
    Column(
        "source_ground",
        Text,
        comment="digest of what the plan follows from besides document and roster",
    ),
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
    # What an undo took back is looked for from the other end.
    Index("ix_import_run_undoes", "undoes", postgresql_where=text("undoes IS NOT NULL")),
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

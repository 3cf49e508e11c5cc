"""Tables of imports that begin by themselves: schedules, nights, and who was absent."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Table,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import id_column, metadata, moment_column, school_column


def _days_column(name: str, comment: str) -> Column:  # type: ignore[type-arg]
    return Column(name, JSONB, nullable=False, server_default=text("'[]'"), comment=comment)


import_schedule = Table(
    "import_schedule",
    metadata,
    school_column(primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("opens", Time, nullable=False, comment="from when in the night, Europe/Amsterdam"),
    Column(
        "closes",
        Time,
        nullable=False,
        comment="until when one may begin; earlier than opens: the next day",
    ),
    Column(
        "archives",
        Boolean,
        nullable=False,
        comment="whether who was absent twice is archived without anybody",
    ),
    _days_column("blackouts", "days without an import: lists of first day, last day, label"),
    _days_column(
        "additions_only", "days on which only toevoegen is automatic: lists like blackouts"
    ),
    moment_column(
        "next_at",
        nullable=True,
        comment="when the worker is to look at the school next; null when no night is planned",
    ),
    Column(
        "waits_because",
        Text,
        comment="what keeps the night that is due from its import; null when nothing does",
    ),
    Column(
        "revision",
        BigInteger,
        nullable=False,
        server_default=text("1"),
        comment="counts what the school changed: its ETag",
    ),
    Column("changed_by", Text, nullable=False, comment="opaque id of the caller, never a name"),
    moment_column("changed_at", now=True),
    CheckConstraint("is_on OR next_at IS NULL", name="on_if_planned"),
    CheckConstraint("opens <> closes", name="is_a_window"),
    CheckConstraint(
        "waits_because IN ('import_running', 'plan_waits', 'koppeling_over')", name="waits_known"
    ),
    Index("ix_import_schedule_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    comment="When a school's import begins by itself, and what it may do without anybody",
)

import_night = Table(
    "import_night",
    metadata,
    id_column(),
    school_column(),
    Column(
        "night",
        Date,
        nullable=False,
        comment="calendar day (Europe/Amsterdam) on which the window opened",
    ),
    # RESTRICT: what became of it must stay to be told.
    Column(
        "run_id",
        Uuid,
        ForeignKey("import_run.id", ondelete="RESTRICT"),
        comment="its import; null for a night that was missed or skipped",
    ),
    Column("outcome", Text, comment="null while it is under way"),
    Column("note", Text, comment="Dutch explanation, no personal data"),
    moment_column("began_at", now=True),
    moment_column("ended_at", nullable=True),
    UniqueConstraint("school_id", "night", name="uq_import_night_school_id_night"),
    CheckConstraint(
        "outcome IN ('applied', 'held', 'failed', 'replaced', 'taken_over', 'missed', 'skipped')",
        name="outcome_known",
    ),
    CheckConstraint(
        "(coalesce(outcome, '') IN ('missed', 'skipped')) = (run_id IS NULL)", name="run_fits"
    ),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_fits"),
    Index("ix_import_night_run_id", "run_id"),
    Index("ix_import_night_open", "id", postgresql_where=text("outcome IS NULL")),
    comment="One import that began by itself, or should have: at most one per school and night",
)

absence = Table(
    "absence",
    metadata,
    school_column(),
    # RESTRICT: people are erased in place, and this with them.
    Column("person_id", Uuid, ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True),
    moment_column(
        "first_absent_at", comment="when the data were read in which the person lacked first"
    ),
    Index("ix_absence_school_id", "school_id"),
    comment="Who is in Numo and was not in Somtoday when it was read last; until seen again",
)

"""The table of what the end of a koppeling asks of a school, and what the school answered."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    text,
)

from shared.tables import metadata, moment_column, school_column

koppeling_end = Table(
    "koppeling_end",
    metadata,
    school_column(primary_key=True),
    Column(
        "position",
        BigInteger,
        nullable=False,
        comment="of the newest koppeling event that was heard: an older one changes nothing",
    ),
    Column("why", Text, comment="null while the koppeling is not over"),
    moment_column("ended_at", nullable=True),
    Column(
        "answer_by",
        Date,
        comment="day in the Netherlands for the school to answer by; nothing happens by itself",
    ),
    Column(
        "revision",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="counts what was heard, asked and answered: its ETag",
    ),
    Column("answer", Text, comment="what the school said last; null before it did"),
    Column("roles", ARRAY(Text), comment="whom the plan of archiving is about"),
    Column("reason", Text, comment="in the words of who answered"),
    Column("answered_by", Text, comment="opaque id of the caller, never a name"),
    moment_column("answered_at", nullable=True),
    # RESTRICT: what was asked for must stay to tell whether it was done.
    Column(
        "run_id",
        Uuid,
        ForeignKey("import_run.id", ondelete="RESTRICT"),
        comment="the plan of archiving that was asked for",
    ),
    Column(
        "reminded",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="which mails were written about this day to answer by, each once",
    ),
    CheckConstraint("why IN ('ended', 'expired', 'revoked')", name="why_known"),
    CheckConstraint("num_nulls(why, ended_at, answer_by) IN (0, 3)", name="all_or_nothing"),
    CheckConstraint("answer IN ('keep', 'archive', 'wait')", name="answer_known"),
    CheckConstraint(
        "num_nulls(answer, reason, answered_by, answered_at) IN (0, 4) "
        "AND (answer IS NULL OR why IS NOT NULL) "
        "AND (answer IS NOT DISTINCT FROM 'archive') = (run_id IS NOT NULL) "
        "AND (answer IS NOT DISTINCT FROM 'archive') = (roles IS NOT NULL)",
        name="answer_fits",
    ),
    Index("ix_koppeling_end_answer_by", "answer_by", postgresql_where=text("why IS NOT NULL")),
    comment="Whether a school's koppeling is over, and what becomes of its people is asked",
)

"""Imports that begin by themselves: each school's schedule, its nights, and who was absent."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLES = ("import_schedule", "import_night", "absence")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE import_schedule (
            school_id uuid NOT NULL,
            is_on boolean NOT NULL,
            opens time NOT NULL,
            closes time NOT NULL,
            archives boolean NOT NULL,
            blackouts jsonb NOT NULL DEFAULT '[]',
            additions_only jsonb NOT NULL DEFAULT '[]',
            next_at timestamptz,
            revision bigint NOT NULL DEFAULT 1,
            changed_by text NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_import_schedule PRIMARY KEY (school_id),
            CONSTRAINT fk_import_schedule_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_import_schedule_on_if_planned CHECK (is_on OR next_at IS NULL),
            CONSTRAINT ck_import_schedule_is_a_window CHECK (opens <> closes)
        );
        COMMENT ON TABLE import_schedule
            IS 'When a school''s import begins by itself, and what it may do without anybody';
        COMMENT ON COLUMN import_schedule.opens IS 'from when in the night, Europe/Amsterdam';
        COMMENT ON COLUMN import_schedule.closes
            IS 'until when one may begin; earlier than opens: the next day';
        COMMENT ON COLUMN import_schedule.archives
            IS 'whether who was absent twice is archived without anybody';
        COMMENT ON COLUMN import_schedule.blackouts
            IS 'days without an import: lists of first day, last day, label';
        COMMENT ON COLUMN import_schedule.additions_only
            IS 'days on which only toevoegen is automatic: lists like blackouts';
        COMMENT ON COLUMN import_schedule.next_at
            IS 'when the worker is to look at the school next; null when no night is planned';
        COMMENT ON COLUMN import_schedule.revision
            IS 'counts what the school changed: its ETag';
        COMMENT ON COLUMN import_schedule.changed_by IS 'opaque id of the caller, never a name';
        CREATE INDEX ix_import_schedule_next_at ON import_schedule (next_at)
            WHERE next_at IS NOT NULL;

        CREATE TABLE import_night (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            night date NOT NULL,
            run_id uuid,
            outcome text,
            note text,
            began_at timestamptz NOT NULL DEFAULT now(),
            ended_at timestamptz,
            CONSTRAINT pk_import_night PRIMARY KEY (id),
            CONSTRAINT fk_import_night_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_import_night_run_id FOREIGN KEY (run_id)
                REFERENCES import_run (id) ON DELETE RESTRICT,
            CONSTRAINT uq_import_night_school_id_night UNIQUE (school_id, night),
            CONSTRAINT ck_import_night_outcome_known
                CHECK (outcome IN ('applied', 'held', 'failed', 'replaced', 'missed')),
            CONSTRAINT ck_import_night_run_fits
                CHECK ((outcome IS NOT DISTINCT FROM 'missed') = (run_id IS NULL)),
            CONSTRAINT ck_import_night_ended_fits CHECK ((outcome IS NULL) = (ended_at IS NULL))
        );
        COMMENT ON TABLE import_night
            IS 'One import that began by itself, or should have: at most one per school and night';
        COMMENT ON COLUMN import_night.night
            IS 'calendar day (Europe/Amsterdam) on which the window opened';
        COMMENT ON COLUMN import_night.run_id IS 'its import; null for a night that was missed';
        COMMENT ON COLUMN import_night.outcome IS 'null while it is under way';
        COMMENT ON COLUMN import_night.note IS 'Dutch explanation, no personal data';
        CREATE INDEX ix_import_night_run_id ON import_night (run_id);
        CREATE INDEX ix_import_night_open ON import_night (id) WHERE outcome IS NULL;

        CREATE TABLE absence (
            school_id uuid NOT NULL,
            person_id uuid NOT NULL,
            first_absent_at timestamptz NOT NULL,
            CONSTRAINT pk_absence PRIMARY KEY (person_id),
            CONSTRAINT fk_absence_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_absence_person_id FOREIGN KEY (person_id)
                REFERENCES person (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE absence
            IS 'Who is in Numo and was not in Somtoday when it was read last; until seen again';
        COMMENT ON COLUMN absence.first_absent_at
            IS 'when the data were read in which the person lacked first';
        CREATE INDEX ix_absence_school_id ON absence (school_id);
    """)
    for table in _TABLES:
        school_rows_only(table)
    grant("importer", "SELECT, INSERT, UPDATE", "import_schedule")
    grant("importer", "SELECT, INSERT, UPDATE", "import_night")
    # When somebody lacked first is never altered.
    grant("importer", "SELECT, INSERT, DELETE", "absence")
    # The worker looks which school's time has come, and which night is under way; nothing of it
    # is personal.
    for table in ("import_schedule", "import_night"):
        op.execute(f"""
            CREATE POLICY sweep ON {table} FOR SELECT TO {role_of("importer")}
                USING (current_setting('app.sweep', true) = 'on')
        """)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.execute(f"DROP TABLE {table}")

"""The nightly proof of a roster, answers to a koppeling's end, plans that expire, given-up runs."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = (
    "source_baseline",
    "reconciliation",
    "reconciliation_difference",
    "reconciliation_exception",
)
_STATES = (
    "'requested', 'fetching', 'planned', 'applying', 'applied', 'failed', 'refused', 'cancelled'"
)
_SOURCES = "'somtoday', 'csv', 'undo'"


def upgrade() -> None:
    _runs(f"{_STATES}, 'expired'", f"{_SOURCES}, 'reconciliation', 'koppeling_end'")
    op.execute("""
        ALTER TABLE import_run
            ADD COLUMN asked text[],
            ADD COLUMN given_up_at timestamptz,
            ADD COLUMN last_error text,
            ADD COLUMN put_again_as uuid CONSTRAINT fk_import_run_put_again_as
                REFERENCES import_run (id) ON DELETE RESTRICT,
            ADD CONSTRAINT ck_import_run_asked_fits
                CHECK ((source IN ('reconciliation', 'koppeling_end')) = (asked IS NOT NULL));
        COMMENT ON COLUMN import_run.asked IS 'what a plan without a source of its own is to hold: '
            'causes or fingerprints of differences, or roles to archive';
        COMMENT ON COLUMN import_run.given_up_at
            IS 'when it had broken so many workers that it was given up';
        COMMENT ON COLUMN import_run.last_error
            IS 'class of what the last worker raised, never its text; null when it died';
        COMMENT ON COLUMN import_run.put_again_as IS 'the import that ops began in its place';
        CREATE INDEX ix_import_run_planned_at ON import_run (planned_at) WHERE state = 'planned';
        CREATE INDEX ix_import_run_given_up ON import_run (id)
            WHERE given_up_at IS NOT NULL AND put_again_as IS NULL;

        ALTER TABLE roster_version ADD COLUMN reconciled_on date;
        COMMENT ON COLUMN roster_version.reconciled_on
            IS 'last day (Europe/Amsterdam) that the roster was compared with its sources';
    """)
    _reconciliation()
    _koppeling_end()
    for table in _TABLES:
        school_rows_only(table)
    grant("importer", "SELECT, INSERT, UPDATE, DELETE", "source_baseline")
    # A proof is never altered afterwards.
    grant("importer", "SELECT, INSERT, DELETE", "reconciliation")
    grant("importer", "SELECT, INSERT, DELETE", "reconciliation_difference")
    grant("importer", "SELECT, INSERT, UPDATE, DELETE", "reconciliation_exception")
    # A school whose people are its own from now on has no Somtoday that withdraws anything.
    grant("importer", "DELETE", "source_field")


def _runs(states: str, sources: str) -> None:
    op.execute(f"""
        ALTER TABLE import_run
            DROP CONSTRAINT ck_import_run_state_known,
            DROP CONSTRAINT ck_import_run_source_known,
            ADD CONSTRAINT ck_import_run_state_known CHECK (state IN ({states})),
            ADD CONSTRAINT ck_import_run_source_known CHECK (source IN ({sources}));
    """)


def _reconciliation() -> None:
    op.execute("""
        CREATE TABLE source_baseline (
            school_id uuid NOT NULL,
            source text NOT NULL,
            run_id uuid NOT NULL,
            said_at timestamptz NOT NULL,
            planned_at timestamptz NOT NULL,
            digest text NOT NULL,
            content bytea NOT NULL,
            CONSTRAINT pk_source_baseline PRIMARY KEY (school_id, source),
            CONSTRAINT fk_source_baseline_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_source_baseline_run_id FOREIGN KEY (run_id)
                REFERENCES import_run (id) ON DELETE CASCADE,
            CONSTRAINT ck_source_baseline_source_known CHECK (source IN ('somtoday', 'csv'))
        );
        COMMENT ON TABLE source_baseline
            IS 'What each source of a school said last, and what its plan offered: the ground of '
               'the nightly proof';
        COMMENT ON COLUMN source_baseline.content
            IS 'personal data: the document and the offered changes as lines of JSON, zstd';
        COMMENT ON COLUMN source_baseline.digest IS 'SHA-256 of the content before compression';
        COMMENT ON COLUMN source_baseline.said_at IS 'when the source says its data were read';
        CREATE INDEX ix_source_baseline_run_id ON source_baseline (run_id);

        CREATE TABLE reconciliation (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            day date NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            verdict text NOT NULL,
            stands_on uuid,
            roster_version bigint NOT NULL,
            people bigint NOT NULL,
            groups bigint NOT NULL,
            memberships bigint NOT NULL,
            causes jsonb NOT NULL,
            accepted integer NOT NULL,
            digest text NOT NULL,
            sources jsonb NOT NULL,
            CONSTRAINT pk_reconciliation PRIMARY KEY (id),
            CONSTRAINT fk_reconciliation_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_reconciliation_verdict_known
                CHECK (verdict IN ('equal', 'explained', 'differs', 'no_source')),
            CONSTRAINT uq_reconciliation_school_id_day UNIQUE (school_id, day)
        );
        COMMENT ON TABLE reconciliation
            IS 'One proof per school and night: roster = last source + what is on record; counts '
               'only, no personal data';
        COMMENT ON COLUMN reconciliation.day IS 'calendar day in Europe/Amsterdam';
        COMMENT ON COLUMN reconciliation.stands_on
            IS 'the earlier proof that still stands, as nothing changed since; null when counted';
        COMMENT ON COLUMN reconciliation.people IS 'rows of the roster that were compared';
        COMMENT ON COLUMN reconciliation.causes IS 'number of differences by cause';
        COMMENT ON COLUMN reconciliation.accepted IS 'differences that the school accepts';
        COMMENT ON COLUMN reconciliation.digest
            IS 'SHA-256 of the sources'' digests, the roster''s version and the differences';
        COMMENT ON COLUMN reconciliation.sources
            IS 'digest and moment of what each source said last';

        CREATE TABLE reconciliation_difference (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            position integer NOT NULL,
            fingerprint text NOT NULL,
            source text NOT NULL,
            cause text NOT NULL,
            kind text NOT NULL,
            action text NOT NULL,
            reason text NOT NULL,
            role text NOT NULL,
            subject_id uuid,
            person_id uuid,
            group_id uuid,
            candidate_ids uuid[] NOT NULL,
            label text NOT NULL,
            before jsonb NOT NULL,
            after jsonb NOT NULL,
            CONSTRAINT pk_reconciliation_difference PRIMARY KEY (id),
            CONSTRAINT fk_reconciliation_difference_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT uq_reconciliation_difference_school_id_position
                UNIQUE (school_id, position)
        );
        COMMENT ON TABLE reconciliation_difference
            IS 'What the newest proof of a school found: replaced by the next that finds another';
        COMMENT ON COLUMN reconciliation_difference.fingerprint
            IS 'SHA-256 of what differs; an acceptance names it';
        COMMENT ON COLUMN reconciliation_difference.label IS 'personal data';
        COMMENT ON COLUMN reconciliation_difference.before IS 'personal data: as in the roster';
        COMMENT ON COLUMN reconciliation_difference.after
            IS 'personal data: as the source said it';

        CREATE TABLE reconciliation_exception (
            school_id uuid NOT NULL,
            fingerprint text NOT NULL,
            person_ids uuid[] NOT NULL,
            until date NOT NULL,
            reason text NOT NULL,
            name text NOT NULL,
            accepted_by text NOT NULL,
            accepted_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_reconciliation_exception PRIMARY KEY (school_id, fingerprint),
            CONSTRAINT fk_reconciliation_exception_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE reconciliation_exception
            IS 'Differences that a school accepts until a day; removed with whom they are about';
        COMMENT ON COLUMN reconciliation_exception.person_ids IS 'whom the difference is about';
        COMMENT ON COLUMN reconciliation_exception.until
            IS 'last day (Europe/Amsterdam) on which it is accepted';
        COMMENT ON COLUMN reconciliation_exception.reason IS 'in the words of who accepted it';
        COMMENT ON COLUMN reconciliation_exception.name
            IS 'personal data: who accepted it, as written';
        COMMENT ON COLUMN reconciliation_exception.accepted_by IS 'opaque id of the caller';
    """)


def _koppeling_end() -> None:
    op.execute(f"""
        ALTER TABLE koppeling_end
            ADD COLUMN revision bigint NOT NULL DEFAULT 0,
            ADD COLUMN answer text,
            ADD COLUMN roles text[],
            ADD COLUMN reason text,
            ADD COLUMN answered_by text,
            ADD COLUMN answered_at timestamptz,
            ADD COLUMN run_id uuid CONSTRAINT fk_koppeling_end_run_id
                REFERENCES import_run (id) ON DELETE RESTRICT,
            ADD COLUMN reminded text[] NOT NULL DEFAULT '{{}}',
            ADD CONSTRAINT ck_koppeling_end_answer_known
                CHECK (answer IN ('keep', 'archive', 'wait')),
            ADD CONSTRAINT ck_koppeling_end_answer_fits CHECK (
                num_nulls(answer, reason, answered_by, answered_at) IN (0, 4)
                AND (answer IS NULL OR why IS NOT NULL)
                AND (answer IS NOT DISTINCT FROM 'archive') = (run_id IS NOT NULL)
                AND (answer IS NOT DISTINCT FROM 'archive') = (roles IS NOT NULL));
        COMMENT ON COLUMN koppeling_end.revision
            IS 'counts what was heard, asked and answered: its ETag';
        COMMENT ON COLUMN koppeling_end.answer IS 'what the school said last; null before it did';
        COMMENT ON COLUMN koppeling_end.roles IS 'whom the plan of archiving is about';
        COMMENT ON COLUMN koppeling_end.reason IS 'in the words of who answered';
        COMMENT ON COLUMN koppeling_end.answered_by IS 'opaque id of the caller, never a name';
        COMMENT ON COLUMN koppeling_end.run_id IS 'the plan of archiving that was asked for';
        COMMENT ON COLUMN koppeling_end.reminded
            IS 'which mails were written about this day to answer by, each once';
        CREATE INDEX ix_koppeling_end_answer_by ON koppeling_end (answer_by)
            WHERE why IS NOT NULL;
        -- Reminders and ops look at the question of each school; it holds nothing personal.
        CREATE POLICY sweep ON koppeling_end FOR SELECT TO {role_of("importer")}
            USING (current_setting('app.sweep', true) = 'on');
    """)


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON source_field FROM {role_of('importer')}")
    op.execute("""
        DROP POLICY sweep ON koppeling_end;
        DROP INDEX ix_koppeling_end_answer_by;
        ALTER TABLE koppeling_end
            DROP COLUMN reminded, DROP COLUMN run_id, DROP COLUMN answered_at,
            DROP COLUMN answered_by, DROP COLUMN reason, DROP COLUMN roles, DROP COLUMN answer,
            DROP COLUMN revision;
    """)
    for table in reversed(_TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("""
        ALTER TABLE roster_version DROP COLUMN reconciled_on;
        DROP INDEX ix_import_run_given_up;
        DROP INDEX ix_import_run_planned_at;
        ALTER TABLE import_run
            DROP COLUMN put_again_as, DROP COLUMN last_error, DROP COLUMN given_up_at,
            DROP COLUMN asked;
        DELETE FROM import_run WHERE source IN ('reconciliation', 'koppeling_end');
        UPDATE import_run SET state = 'cancelled' WHERE state = 'expired';
    """)
    _runs(_STATES, _SOURCES)

"""The roster and its imports."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PERSON_FIELDS = (
    "pupil_number",
    "employee_code",
    "given_name",
    "prefix",
    "family_name",
    "email",
    "username",
    "eck_id",
    "real_id",
    "leerjaar",
    "onderwijssoort",
    "vestiging_code",
)
TABLES = (
    "person",
    "roster_group",
    "membership",
    "roster_version",
    "import_run",
    "import_line",
    "import_file",
    "import_change",
)


def upgrade() -> None:
    _roster()
    _runs()
    _changes()
    for table in TABLES:
        school_rows_only(table)
    for table in ("person", "roster_group", "membership", "roster_version", "import_run"):
        grant("importer", "SELECT, INSERT, UPDATE", table)
    for table in ("import_line", "import_file", "import_change"):
        grant("importer", "SELECT, INSERT, UPDATE, DELETE", table)
    # A job that was lost (Redis emptied, worker killed) must be found without knowing its
    # school. Only the sweeper's transaction turns this on, and a run holds no personal data.
    sweeping = "current_setting('app.sweep', true) = 'on'"
    op.execute(
        f"CREATE POLICY sweep ON import_run TO {role_of('importer')} "
        f"USING ({sweeping}) WITH CHECK ({sweeping})"
    )
    # security_invoker: the reader's own row-level security applies, not the view owner's.
    op.execute("""
        CREATE VIEW license_person WITH (security_invoker = true) AS
            SELECT id, school_id, role, state FROM person;
        COMMENT ON VIEW license_person IS 'all that licensing may know of a person';
    """)
    op.execute(f"GRANT SELECT (id, school_id, role, state) ON person TO {role_of('licensing')}")
    grant("licensing", "SELECT", "license_person")


def _roster() -> None:
    fields = "\n".join(f"            {name} text," for name in PERSON_FIELDS)
    op.execute(f"""
        CREATE TABLE person (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            role text NOT NULL,
            state text NOT NULL DEFAULT 'active',
            source_key text,
{fields}
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            archived_at timestamptz,
            CONSTRAINT pk_person PRIMARY KEY (id),
            CONSTRAINT fk_person_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_person_role_known CHECK (role IN ('pupil', 'employee')),
            CONSTRAINT ck_person_state_known CHECK (state IN ('active', 'archived')),
            CONSTRAINT ck_person_archived_at_fits
                CHECK ((state = 'archived') = (archived_at IS NOT NULL)),
            CONSTRAINT uq_person_school_id_source_key UNIQUE (school_id, source_key)
        );
        COMMENT ON TABLE person
            IS 'Pupils and employees of a school as Numo knows them; archived, never deleted';
        COMMENT ON COLUMN person.source_key
            IS 'Somtoday''s uuid; null for who came by CSV only';
        CREATE UNIQUE INDEX uq_person_active_pupil_number ON person (school_id, pupil_number)
            WHERE state = 'active' AND role = 'pupil';
        CREATE INDEX ix_person_school_id_id ON person (school_id, id);

        CREATE TABLE roster_group (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            kind text NOT NULL,
            state text NOT NULL DEFAULT 'active',
            source_key text,
            schooljaar text NOT NULL,
            name text,
            leerjaar text,
            onderwijssoort text,
            vak text,
            vestiging_code text,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            archived_at timestamptz,
            CONSTRAINT pk_roster_group PRIMARY KEY (id),
            CONSTRAINT fk_roster_group_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_roster_group_kind_known CHECK (kind IN ('stamgroep', 'lesgroep')),
            CONSTRAINT ck_roster_group_state_known CHECK (state IN ('active', 'archived')),
            CONSTRAINT ck_roster_group_archived_at_fits
                CHECK ((state = 'archived') = (archived_at IS NOT NULL)),
            CONSTRAINT ck_roster_group_schooljaar_shape
                CHECK (schooljaar ~ '^[0-9]{{4}}-[0-9]{{4}}$'),
            CONSTRAINT uq_roster_group_school_id_source_key UNIQUE (school_id, source_key)
        );
        COMMENT ON TABLE roster_group
            IS 'Stamgroepen and lesgroepen; named so because GROUP is a word of SQL';
        COMMENT ON COLUMN roster_group.source_key
            IS 'Somtoday''s uuid; null for what came by CSV only';
        CREATE INDEX ix_roster_group_school_id_id ON roster_group (school_id, id);

        CREATE TABLE membership (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            person_id uuid NOT NULL,
            group_id uuid NOT NULL,
            role text NOT NULL,
            state text NOT NULL DEFAULT 'active',
            created_at timestamptz NOT NULL DEFAULT now(),
            ended_at timestamptz,
            CONSTRAINT pk_membership PRIMARY KEY (id),
            CONSTRAINT fk_membership_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_membership_person_id FOREIGN KEY (person_id)
                REFERENCES person (id) ON DELETE CASCADE,
            CONSTRAINT fk_membership_group_id FOREIGN KEY (group_id)
                REFERENCES roster_group (id) ON DELETE CASCADE,
            CONSTRAINT ck_membership_role_known CHECK (role IN ('pupil', 'teacher', 'mentor')),
            CONSTRAINT ck_membership_state_known CHECK (state IN ('active', 'ended')),
            CONSTRAINT ck_membership_ended_at_fits
                CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
            CONSTRAINT uq_membership_group_id_person_id_role UNIQUE (group_id, person_id, role)
        );
        COMMENT ON TABLE membership IS 'Who is in which group, and as what; ended, never deleted';
        CREATE INDEX ix_membership_school_id ON membership (school_id);
        CREATE INDEX ix_membership_person_id ON membership (person_id);

        CREATE TABLE roster_version (
            school_id uuid NOT NULL,
            version bigint NOT NULL DEFAULT 0,
            CONSTRAINT pk_roster_version PRIMARY KEY (school_id),
            CONSTRAINT fk_roster_version_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_roster_version_version_not_negative CHECK (version >= 0)
        );
        COMMENT ON TABLE roster_version
            IS 'Counts the changes of a school''s roster: a plan fits one version only';
    """)


def _runs() -> None:
    op.execute("""
        CREATE TABLE import_run (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            source text NOT NULL,
            state text NOT NULL DEFAULT 'requested',
            phase text,
            done bigint NOT NULL DEFAULT 0,
            total bigint,
            revision bigint NOT NULL DEFAULT 0,
            choice_revision bigint NOT NULL DEFAULT 0,
            choice_add boolean NOT NULL DEFAULT true,
            choice_update boolean NOT NULL DEFAULT true,
            choice_archive boolean NOT NULL DEFAULT false,
            lease_token uuid,
            lease_until timestamptz,
            attempt integer NOT NULL DEFAULT 0,
            claims integer NOT NULL DEFAULT 0,
            requested_by text NOT NULL,
            roster_version bigint,
            digest text,
            summary jsonb,
            problem text,
            problem_detail text,
            problems jsonb NOT NULL DEFAULT '[]',
            problem_count integer NOT NULL DEFAULT 0,
            requested_at timestamptz NOT NULL DEFAULT now(),
            planned_at timestamptz,
            applied_at timestamptz,
            ended_at timestamptz,
            CONSTRAINT pk_import_run PRIMARY KEY (id),
            CONSTRAINT fk_import_run_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_import_run_source_known CHECK (source IN ('somtoday', 'csv')),
            CONSTRAINT ck_import_run_state_known CHECK (state IN ('requested', 'fetching',
                'planned', 'applying', 'applied', 'failed', 'refused', 'cancelled')),
            CONSTRAINT ck_import_run_plan_complete CHECK (
                state NOT IN ('planned', 'applying', 'applied', 'refused')
                OR (digest IS NOT NULL AND roster_version IS NOT NULL AND summary IS NOT NULL)),
            CONSTRAINT ck_import_run_problem_fits
                CHECK ((problem IS NOT NULL) = (state IN ('failed', 'refused')))
        );
        COMMENT ON TABLE import_run
            IS 'One import of a school, from source to applied; at most one is live';
        COMMENT ON COLUMN import_run.phase
            IS 'what the worker does; a fetch that is done is not done again';
        COMMENT ON COLUMN import_run.total IS 'null while unknown';
        COMMENT ON COLUMN import_run.lease_token
            IS 'the worker that has the run; null while it is queued';
        COMMENT ON COLUMN import_run.attempt IS 'times queued';
        COMMENT ON COLUMN import_run.claims IS 'times begun';
        COMMENT ON COLUMN import_run.requested_by IS 'opaque id of the caller, never a name';
        COMMENT ON COLUMN import_run.roster_version IS 'the roster that the plan was made from';
        COMMENT ON COLUMN import_run.digest IS 'SHA-256 of the plan, in hex';
        COMMENT ON COLUMN import_run.summary IS 'counts only, no personal data';
        COMMENT ON COLUMN import_run.problem IS 'error code of a run that failed or was refused';
        COMMENT ON COLUMN import_run.problem_detail IS 'Dutch explanation, no personal data';
        COMMENT ON COLUMN import_run.problems IS 'bad rows';
        CREATE UNIQUE INDEX uq_import_run_live ON import_run (school_id)
            WHERE state IN ('requested', 'fetching', 'planned', 'applying');
        CREATE INDEX ix_import_run_busy ON import_run (lease_until)
            WHERE state IN ('requested', 'fetching', 'applying');
        CREATE INDEX ix_import_run_school_id_id ON import_run (school_id, id);
    """)


def _changes() -> None:
    owned = """
            CONSTRAINT fk_{0}_run_id FOREIGN KEY (run_id)
                REFERENCES import_run (id) ON DELETE CASCADE,
            CONSTRAINT fk_{0}_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT"""
    op.execute(f"""
        CREATE TABLE import_line (
            run_id uuid NOT NULL,
            school_id uuid NOT NULL,
            position bigint NOT NULL,
            record jsonb NOT NULL,
            CONSTRAINT pk_import_line PRIMARY KEY (run_id, position),{owned.format("import_line")}
        );
        COMMENT ON TABLE import_line IS
            'The staged roster document of a run; removed when the plan is made or the run ends';
        COMMENT ON COLUMN import_line.record IS 'one record of the roster document';

        CREATE TABLE import_file (
            run_id uuid NOT NULL,
            school_id uuid NOT NULL,
            position integer NOT NULL,
            content bytea NOT NULL,
            CONSTRAINT pk_import_file PRIMARY KEY (run_id, position),{owned.format("import_file")}
        );
        COMMENT ON TABLE import_file IS
            'An uploaded CSV in pieces; removed as soon as it is staged or the run ends';

        CREATE TABLE import_change (
            id uuid NOT NULL,
            run_id uuid NOT NULL,
            school_id uuid NOT NULL,
            position integer NOT NULL,
            kind text NOT NULL,
            action text NOT NULL,
            choice text,
            role text NOT NULL,
            reason text NOT NULL,
            subject_id uuid,
            person_id uuid,
            group_id uuid,
            label text NOT NULL,
            before jsonb NOT NULL,
            after jsonb NOT NULL,
            candidate_ids uuid[] NOT NULL,
            chosen boolean NOT NULL,
            outcome text,
            outcome_reason text,
            CONSTRAINT pk_import_change PRIMARY KEY (id),{owned.format("import_change")},
            CONSTRAINT ck_import_change_kind_known
                CHECK (kind IN ('person', 'group', 'membership')),
            CONSTRAINT ck_import_change_action_known
                CHECK (action IN ('add', 'update', 'archive', 'reactivate', 'conflict')),
            CONSTRAINT ck_import_change_choice_known
                CHECK (choice IN ('add', 'update', 'archive')),
            CONSTRAINT ck_import_change_outcome_known
                CHECK (outcome IN ('applied', 'not_chosen', 'skipped')),
            CONSTRAINT ck_import_change_conflict_is_open
                CHECK ((action = 'conflict') = (choice IS NULL AND subject_id IS NULL)),
            CONSTRAINT ck_import_change_conflict_never_chosen
                CHECK (action <> 'conflict' OR NOT chosen),
            CONSTRAINT ck_import_change_membership_has_both CHECK (
                (kind = 'membership') = (person_id IS NOT NULL AND group_id IS NOT NULL))
        );
        COMMENT ON TABLE import_change IS
            'What an import would change, what of it was chosen, and what became of it';
        COMMENT ON COLUMN import_change.position IS 'order on the controlescherm';
        COMMENT ON COLUMN import_change.choice
            IS 'toevoegen, bijwerken or archiveren; null for a conflict';
        COMMENT ON COLUMN import_change.role
            IS 'role of the person or member, kind of group';
        COMMENT ON COLUMN import_change.subject_id
            IS 'the row it makes or changes; null for a conflict';
        COMMENT ON COLUMN import_change.person_id IS 'of a membership';
        COMMENT ON COLUMN import_change.group_id IS 'of a membership';
        COMMENT ON COLUMN import_change.label
            IS 'personal data: what the school''s screen shows';
        COMMENT ON COLUMN import_change.before IS 'personal data';
        COMMENT ON COLUMN import_change.after IS 'personal data';
        COMMENT ON COLUMN import_change.candidate_ids IS 'whom a conflict is about';
        CREATE UNIQUE INDEX uq_import_change_run_id_position
            ON import_change (run_id, position);
        CREATE INDEX ix_import_change_run_id_subject_id ON import_change (run_id, subject_id);
    """)


def downgrade() -> None:
    op.execute("DROP VIEW license_person")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")

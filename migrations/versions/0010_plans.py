"""Brakes and their confirmations, remembered decisions, changes by hand, and plans made anew."""

from alembic import op

from migrations.access import grant, school_rows_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("guard_rail", "import_confirmation", "match_decision", "hand_change", "source_field")


def upgrade() -> None:
    _columns()
    _guard_rails()
    _decisions()
    for table in TABLES:
        school_rows_only(table)
    grant("importer", "SELECT, INSERT, UPDATE, DELETE", "guard_rail")
    grant("importer", "SELECT, INSERT, UPDATE", "match_decision")
    grant("importer", "SELECT, INSERT, UPDATE", "source_field")
    # What was confirmed, or changed by hand, is never altered afterwards.
    grant("importer", "SELECT, INSERT", "import_confirmation")
    grant("importer", "SELECT, INSERT", "hand_change")


def _columns() -> None:
    op.execute("""
        ALTER TABLE person ADD COLUMN held_fields text[] NOT NULL DEFAULT '{}';
        COMMENT ON COLUMN person.held_fields
            IS 'fields changed by hand in Numo: a source overwrites them only when chosen';
        ALTER TABLE person ADD CONSTRAINT ck_person_held_fields_known CHECK (
            held_fields <@ ARRAY['given_name', 'prefix', 'family_name', 'email', 'username',
                'leerjaar', 'onderwijssoort', 'vestiging_code']);
        ALTER TABLE import_run ADD COLUMN brakes jsonb NOT NULL DEFAULT '[]';
        COMMENT ON COLUMN import_run.brakes IS 'why the plan is held; counts, no personal data';
        ALTER TABLE import_run ADD COLUMN replanned jsonb;
        COMMENT ON COLUMN import_run.replanned
            IS 'why the plan was made anew, and how much of it differs; no personal data';
        ALTER TABLE import_run ADD COLUMN choice_clear boolean NOT NULL DEFAULT false;
        ALTER TABLE import_run ADD COLUMN said jsonb;
        COMMENT ON COLUMN import_run.said
            IS 'which datavelden the source named, by role and vestiging';
        ALTER TABLE import_run ADD COLUMN undoes uuid CONSTRAINT fk_import_run_undoes
            REFERENCES import_run (id) ON DELETE RESTRICT;
        COMMENT ON COLUMN import_run.undoes IS 'the import that this one takes back';
        ALTER TABLE import_run DROP CONSTRAINT ck_import_run_source_known;
        ALTER TABLE import_run ADD CONSTRAINT ck_import_run_source_known
            CHECK (source IN ('somtoday', 'csv', 'undo'));
        ALTER TABLE import_run ADD CONSTRAINT ck_import_run_undoes_fits
            CHECK ((source = 'undo') = (undoes IS NOT NULL));
        ALTER TABLE import_run ADD COLUMN source_at timestamptz;
        COMMENT ON COLUMN import_run.source_at IS 'when the source says its data were read';
        COMMENT ON TABLE import_line IS 'The staged roster document of a run; removed when the run '
            'ends, so that a plan can be made anew until then';
        ALTER TABLE import_change ADD COLUMN identity text;
        COMMENT ON COLUMN import_change.identity
            IS 'personal data: names the subject from one plan to the next';
        ALTER TABLE import_change ADD COLUMN source_identity text;
        COMMENT ON COLUMN import_change.source_identity
            IS 'personal data: what a decision on this conflict is remembered by';
        ALTER TABLE import_change ADD COLUMN klas text;
        COMMENT ON COLUMN import_change.klas IS 'stamgroep of the subject, now or when added';
        ALTER TABLE import_change ADD COLUMN vestiging_code text;
        COMMENT ON COLUMN import_change.vestiging_code IS 'of the subject, now or when added';
        ALTER TABLE import_change ADD COLUMN search text;
        COMMENT ON COLUMN import_change.search
            IS 'personal data: the label without case and accents, to look for';
        ALTER TABLE import_change ADD COLUMN held text[] NOT NULL DEFAULT '{}';
        COMMENT ON COLUMN import_change.held IS 'fields of `after` that were changed by hand';
        ALTER TABLE import_change ADD COLUMN kept text[] NOT NULL DEFAULT '{}';
        COMMENT ON COLUMN import_change.kept IS 'those of `held` that stay as they are';
        ALTER TABLE import_change ADD COLUMN difference text;
        COMMENT ON COLUMN import_change.difference
            IS 'against the plan before this one of the same run; null when the same';
        ALTER TABLE import_change DROP CONSTRAINT ck_import_change_action_known;
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_action_known CHECK (action IN
            ('add', 'update', 'archive', 'reactivate', 'conflict', 'clear'));
        ALTER TABLE import_change DROP CONSTRAINT ck_import_change_choice_known;
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_choice_known
            CHECK (choice IN ('add', 'update', 'archive', 'clear'));
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_difference_known
            CHECK (difference IN ('new', 'changed', 'gone'));
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_gone_never_chosen
            CHECK (difference IS DISTINCT FROM 'gone' OR NOT chosen);
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_kept_is_held
            CHECK (kept <@ held);
    """)


def _guard_rails() -> None:
    op.execute("""
        CREATE TABLE guard_rail (
            school_id uuid NOT NULL,
            scope text NOT NULL,
            about text NOT NULL,
            percent integer NOT NULL,
            at_least integer NOT NULL,
            set_by text NOT NULL,
            set_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_guard_rail PRIMARY KEY (school_id, scope, about),
            CONSTRAINT fk_guard_rail_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_guard_rail_scope_known
                CHECK (scope IN ('school', 'vestiging', 'klas', 'role')),
            CONSTRAINT ck_guard_rail_about_known CHECK (about IN ('archive', 'update')),
            CONSTRAINT ck_guard_rail_percent_is_a_share CHECK (percent BETWEEN 1 AND 100),
            CONSTRAINT ck_guard_rail_at_least_is_a_number CHECK (at_least BETWEEN 1 AND 10000)
        );
        COMMENT ON TABLE guard_rail
            IS 'Thresholds that a school set itself; where it set none, the default holds';
        COMMENT ON COLUMN guard_rail.percent IS 'share of the scope that holds a plan, inclusive';
        COMMENT ON COLUMN guard_rail.at_least
            IS 'fewer people than these never hold a plan, whatever their share';
        COMMENT ON COLUMN guard_rail.set_by IS 'opaque id of the caller, never a name';

        CREATE TABLE import_confirmation (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            run_id uuid NOT NULL,
            digest text NOT NULL,
            brake text NOT NULL,
            reason text NOT NULL,
            name text NOT NULL,
            confirmed_by text NOT NULL,
            confirmed_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_import_confirmation PRIMARY KEY (id),
            CONSTRAINT fk_import_confirmation_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_import_confirmation_run_id FOREIGN KEY (run_id)
                REFERENCES import_run (id) ON DELETE CASCADE,
            CONSTRAINT uq_import_confirmation_run_id_digest_brake UNIQUE (run_id, digest, brake)
        );
        COMMENT ON TABLE import_confirmation
            IS 'Who let a held plan pass, and why: for the plan with this digest only';
        COMMENT ON COLUMN import_confirmation.brake IS 'key of the brake within its plan';
        COMMENT ON COLUMN import_confirmation.reason IS 'in the words of who confirmed';
        COMMENT ON COLUMN import_confirmation.name IS 'personal data: who confirmed, as written';
        COMMENT ON COLUMN import_confirmation.confirmed_by IS 'opaque id of the caller';
    """)


def _decisions() -> None:
    op.execute("""
        CREATE TABLE match_decision (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            source_identity text NOT NULL,
            verdict text NOT NULL,
            person_id uuid,
            label text NOT NULL,
            decided_by text NOT NULL,
            decided_at timestamptz NOT NULL DEFAULT now(),
            revoked_by text,
            revoked_at timestamptz,
            CONSTRAINT pk_match_decision PRIMARY KEY (id),
            CONSTRAINT fk_match_decision_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_match_decision_person_id FOREIGN KEY (person_id)
                REFERENCES person (id) ON DELETE CASCADE,
            CONSTRAINT ck_match_decision_verdict_known
                CHECK (verdict IN ('same', 'new', 'leave')),
            CONSTRAINT ck_match_decision_person_fits CHECK (
                (verdict = 'same' AND person_id IS NOT NULL) OR verdict = 'new'
                OR (verdict = 'leave' AND person_id IS NULL)),
            CONSTRAINT ck_match_decision_revoked_fits
                CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
        );
        COMMENT ON TABLE match_decision
            IS 'What a school decided of an ambiguous match: followed until it is revoked';
        COMMENT ON COLUMN match_decision.source_identity
            IS 'personal data: role, kind of key and key in the source';
        COMMENT ON COLUMN match_decision.person_id
            IS 'who it is; of a new person, who was made since';
        COMMENT ON COLUMN match_decision.label IS 'personal data: as the source named them';
        COMMENT ON COLUMN match_decision.decided_by IS 'opaque id of the caller, never a name';
        CREATE UNIQUE INDEX uq_match_decision_holds ON match_decision (school_id, source_identity)
            WHERE revoked_at IS NULL;
        CREATE INDEX ix_match_decision_person_id ON match_decision (person_id);

        CREATE TABLE source_field (
            school_id uuid NOT NULL,
            role text NOT NULL,
            vestiging_code text NOT NULL,
            field text NOT NULL,
            said_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_source_field PRIMARY KEY (school_id, role, vestiging_code, field),
            CONSTRAINT fk_source_field_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE source_field IS
            'Which datavelden Somtoday named before: one that it leaves out now was withdrawn';
        COMMENT ON COLUMN source_field.vestiging_code IS 'empty where the source names none';

        CREATE TABLE hand_change (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            person_id uuid NOT NULL,
            field text NOT NULL,
            before text,
            after text,
            released boolean NOT NULL DEFAULT false,
            changed_by text NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_hand_change PRIMARY KEY (id),
            CONSTRAINT fk_hand_change_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_hand_change_person_id FOREIGN KEY (person_id)
                REFERENCES person (id) ON DELETE CASCADE
        );
        COMMENT ON TABLE hand_change IS 'What was changed by hand in Numo: who, when, which field';
        COMMENT ON COLUMN hand_change.before IS 'personal data';
        COMMENT ON COLUMN hand_change.after IS 'personal data';
        COMMENT ON COLUMN hand_change.released
            IS 'the field was given back to the source: the next import may overwrite it';
        COMMENT ON COLUMN hand_change.changed_by IS 'opaque id of the caller, never a name';
        CREATE INDEX ix_hand_change_school_id_person_id ON hand_change (school_id, person_id);
    """)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("""
        DELETE FROM import_run WHERE source = 'undo';
        ALTER TABLE import_run DROP CONSTRAINT ck_import_run_undoes_fits;
        ALTER TABLE import_run DROP CONSTRAINT ck_import_run_source_known;
        ALTER TABLE import_run ADD CONSTRAINT ck_import_run_source_known
            CHECK (source IN ('somtoday', 'csv'));
        ALTER TABLE import_run DROP COLUMN undoes;
        DELETE FROM import_change WHERE action = 'clear';
        ALTER TABLE import_change DROP CONSTRAINT ck_import_change_action_known;
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_action_known CHECK (action IN
            ('add', 'update', 'archive', 'reactivate', 'conflict'));
        ALTER TABLE import_change DROP CONSTRAINT ck_import_change_choice_known;
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_choice_known
            CHECK (choice IN ('add', 'update', 'archive'));
        ALTER TABLE import_change
            DROP COLUMN difference, DROP COLUMN kept, DROP COLUMN held, DROP COLUMN search,
            DROP COLUMN vestiging_code, DROP COLUMN klas, DROP COLUMN source_identity,
            DROP COLUMN identity;
        COMMENT ON TABLE import_line IS
            'The staged roster document of a run; removed when the plan is made or the run ends';
        ALTER TABLE import_run
            DROP COLUMN source_at, DROP COLUMN said, DROP COLUMN choice_clear,
            DROP COLUMN replanned, DROP COLUMN brakes;
        ALTER TABLE person DROP COLUMN held_fields;
    """)

"""Reading the roster: an exact feed, who looked at whom, and how a person leaves it."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FED = ("person", "roster_group", "membership")
IDENTIFYING = (
    "source_key",
    "pupil_number",
    "employee_code",
    "given_name",
    "prefix",
    "family_name",
    "email",
    "username",
    "eck_id",
    "real_id",
)


def upgrade() -> None:
    _feed()
    _identities()
    _audit()
    _license_uses()
    _erasure()
    _retention()


def _feed() -> None:
    # A constant default rewrites no table. Whoever follows the feed from 0 gets the rows that
    # were there, because a school with rows is at version 1 or further.
    for table in FED:
        op.execute(f"""
            ALTER TABLE {table} ADD COLUMN changed_in bigint NOT NULL DEFAULT 1;
            COMMENT ON COLUMN {table}.changed_in
                IS 'roster version that last changed the row; set by a trigger';
            CREATE INDEX ix_{table}_school_id_changed_in_id
                ON {table} (school_id, changed_in, id);
        """)
    # The version is told by whoever locked it (`lock_version`), once a transaction and not by a
    # lookup per row. A writer who did not lock it takes the next version here, so that a change
    # without a version of its own is not possible at all.
    op.execute("""
        CREATE FUNCTION note_roster_version() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            told text := current_setting('app.roster_version', true);
        BEGIN
            IF told IS NULL OR told = '' THEN
                INSERT INTO roster_version AS v (school_id, version) VALUES (NEW.school_id, 1)
                ON CONFLICT (school_id) DO UPDATE SET version = v.version + 1
                RETURNING version INTO told;
                PERFORM set_config('app.roster_version', told, true);
            END IF;
            NEW.changed_in := told::bigint;
            RETURN NEW;
        END $$;
    """)
    for table in FED:
        op.execute(f"""
            CREATE TRIGGER note_roster_version BEFORE INSERT OR UPDATE ON {table}
                FOR EACH ROW EXECUTE FUNCTION note_roster_version()
        """)


def _identities() -> None:
    op.execute("""
        CREATE VIEW school_of_brin AS
            SELECT brin, id AS school_id, true AS is_own FROM school
            UNION
            SELECT left(code, 4), k.school_id, false
            FROM vestiging v JOIN koppeling k ON k.id = v.koppeling_id, unnest(v.codes) AS code;
        COMMENT ON VIEW school_of_brin
            IS 'the school of a BRIN, its own or that of one of its vestigingen; all that the '
               'importer may know of schools';
    """)
    grant("importer", "SELECT", "school_of_brin")


def _audit() -> None:
    op.execute("""
        ALTER TABLE import_run ADD COLUMN approved_by text;
        COMMENT ON COLUMN import_run.approved_by
            IS 'opaque id of who pressed VERDER, never a name';

        CREATE TABLE audit_entry (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            actor text NOT NULL,
            action text NOT NULL,
            what text NOT NULL,
            person_ids uuid[] NOT NULL,
            run_id uuid,
            request_id text NOT NULL,
            facts jsonb NOT NULL DEFAULT '{}',
            CONSTRAINT pk_audit_entry PRIMARY KEY (id),
            CONSTRAINT fk_audit_entry_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_audit_entry_action_known
                CHECK (action IN ('look', 'export', 'change', 'erase', 'resolve'))
        );
        COMMENT ON TABLE audit_entry
            IS 'every look at people and every change of them: who and when, never what it said';
        COMMENT ON COLUMN audit_entry.actor IS 'opaque id of the caller, never a name';
        COMMENT ON COLUMN audit_entry.what IS 'which list or page was asked for';
        COMMENT ON COLUMN audit_entry.person_ids
            IS 'whom it was about; empty for a run, whose changes name them';
        COMMENT ON COLUMN audit_entry.run_id IS 'of what an import did or showed';
        COMMENT ON COLUMN audit_entry.request_id IS 'X-Request-ID of the call';
        COMMENT ON COLUMN audit_entry.facts IS 'filters and reasons, no personal data';
        CREATE INDEX ix_audit_entry_person_ids ON audit_entry USING gin (person_ids);
        CREATE INDEX ix_audit_entry_school_id_id ON audit_entry (school_id, id);
    """)
    school_rows_only("audit_entry")
    grant("importer", "SELECT, INSERT, DELETE", "audit_entry")
    # Append-only for two years, whatever the code says; that somebody was erased, for ever.
    op.execute("""
        CREATE POLICY kept_two_years ON audit_entry AS RESTRICTIVE FOR DELETE
            USING (action <> 'erase' AND at < now() - interval '2 years')
    """)


def _license_uses() -> None:
    # security_invoker: the reader's own row-level security applies, not the view owner's.
    op.execute("""
        CREATE VIEW person_license_use WITH (security_invoker = true) AS
            SELECT u.school_id, u.person_id, p.license_product, p.schooljaar,
                u.activity_kind, u.started_at, u.license_used_now
            FROM license_use u
            JOIN license l ON l.id = u.license_id
            JOIN license_pool p ON p.id = l.pool_id;
        COMMENT ON VIEW person_license_use
            IS 'all that the importer may know of licenses: when a person started what';
    """)
    readable = {
        "license_use": "school_id, person_id, license_id, activity_kind, started_at, "
        "license_used_now",
        "license": "id, school_id, pool_id",
        "license_pool": "id, school_id, license_product, schooljaar",
    }
    for table, columns in readable.items():
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {role_of('importer')}")
    grant("importer", "SELECT", "person_license_use")


def _erasure() -> None:
    op.execute(f"""
        ALTER TABLE person ADD COLUMN erased_at timestamptz;
        COMMENT ON COLUMN person.erased_at
            IS 'when names and identifiers were cleared; the id stays, so that counts stay right';
        COMMENT ON TABLE person IS 'Pupils and employees of a school as Numo knows them; archived, '
            'then erased in place, never deleted';
        ALTER TABLE person DROP CONSTRAINT ck_person_state_known,
            DROP CONSTRAINT ck_person_archived_at_fits;
        ALTER TABLE person
            ADD CONSTRAINT ck_person_state_known
                CHECK (state IN ('active', 'archived', 'erased')),
            ADD CONSTRAINT ck_person_archived_at_fits
                CHECK ((state = 'active') = (archived_at IS NULL)),
            ADD CONSTRAINT ck_person_erased_is_empty CHECK (
                (state = 'erased') = (erased_at IS NOT NULL)
                AND (state <> 'erased' OR num_nonnulls({", ".join(IDENTIFYING)}) = 0));

        CREATE TABLE erased_key (
            school_id uuid NOT NULL,
            key_hash bytea NOT NULL,
            person_id uuid NOT NULL,
            erased_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_erased_key PRIMARY KEY (school_id, key_hash),
            CONSTRAINT fk_erased_key_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_erased_key_person_id
                FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE,
            CONSTRAINT ck_erased_key_hash_is_sha256 CHECK (octet_length(key_hash) = 32)
        );
        COMMENT ON TABLE erased_key
            IS 'how an erased person is known again, so that no import brings them back unasked';
        COMMENT ON COLUMN erased_key.key_hash
            IS 'SHA-256 of a key too long to be guessed: Somtoday''s uuid or an ECK iD';
        CREATE INDEX ix_erased_key_person_id ON erased_key (person_id);
    """)
    school_rows_only("erased_key")
    # Only the values may go, when somebody is erased: that a field was changed by hand stays.
    grant("importer", "UPDATE (before, after)", "hand_change")
    grant("importer", "SELECT, INSERT, DELETE", "erased_key")


def _retention() -> None:
    op.execute("""
        ALTER TABLE roster_version ADD COLUMN retained_on date;
        COMMENT ON COLUMN roster_version.retained_on
            IS 'last day (Europe/Amsterdam) that retention was carried out';

        CREATE TABLE school_retention (
            school_id uuid NOT NULL,
            person_months smallint NOT NULL,
            changed_by text NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_school_retention PRIMARY KEY (school_id),
            CONSTRAINT fk_school_retention_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_school_retention_two_years_at_most
                CHECK (person_months BETWEEN 0 AND 24)
        );
        COMMENT ON TABLE school_retention
            IS 'how long a school keeps who left; a school without a row keeps the default';
        COMMENT ON COLUMN school_retention.person_months
            IS 'months after the end of the schooljaar in which somebody was archived';
        COMMENT ON COLUMN school_retention.changed_by IS 'opaque id of the caller, never a name';
    """)
    school_rows_only("school_retention")
    grant("importer", "SELECT, INSERT, UPDATE", "school_retention")
    # Retention must find every school once a day; a version and a day are no personal data.
    op.execute(f"""
        CREATE POLICY sweep ON roster_version FOR SELECT TO {role_of("importer")}
            USING (current_setting('app.sweep', true) = 'on')
    """)


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE (before, after) ON hand_change FROM {role_of('importer')}")
    op.execute(f"""
        DROP POLICY sweep ON roster_version;
        DROP TABLE school_retention;
        ALTER TABLE roster_version DROP COLUMN retained_on;
        DROP TABLE erased_key;
        ALTER TABLE person DROP CONSTRAINT ck_person_erased_is_empty,
            DROP CONSTRAINT ck_person_state_known, DROP CONSTRAINT ck_person_archived_at_fits;
        UPDATE person SET state = 'archived' WHERE state = 'erased';
        ALTER TABLE person
            ADD CONSTRAINT ck_person_state_known CHECK (state IN ('active', 'archived')),
            ADD CONSTRAINT ck_person_archived_at_fits
                CHECK ((state = 'archived') = (archived_at IS NOT NULL)),
            DROP COLUMN erased_at;
        COMMENT ON TABLE person
            IS 'Pupils and employees of a school as Numo knows them; archived, never deleted';
        DROP VIEW person_license_use;
        REVOKE SELECT (school_id, person_id, license_id, activity_kind, started_at,
            license_used_now) ON license_use FROM {role_of("importer")};
        REVOKE SELECT (id, school_id, pool_id) ON license FROM {role_of("importer")};
        REVOKE SELECT (id, school_id, license_product, schooljaar) ON license_pool
            FROM {role_of("importer")};
        DROP TABLE audit_entry;
        ALTER TABLE import_run DROP COLUMN approved_by;
        DROP VIEW school_of_brin;
    """)
    for table in FED:
        op.execute(f"""
            DROP TRIGGER note_roster_version ON {table};
            DROP INDEX ix_{table}_school_id_changed_in_id;
            ALTER TABLE {table} DROP COLUMN changed_in;
        """)
    op.execute("DROP FUNCTION note_roster_version()")

"""Licenses: one set-based function for starts, keys for ever, a log by month, a ledger of pairs."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only
from migrations.license_start import START_FUNCTIONS

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None

_MONTHS_AHEAD = 14
# Jobs look at the sums of every school; a transaction says so, and only reads.
_AUDITED = ("license_pool", "license", "license_entry")

_USE_LICENSE = """
    CREATE FUNCTION use_license(
        p_school_id uuid, p_license_product text, p_schooljaar text, p_person_id uuid,
        p_activity_kind text, p_activity_id text, p_started_at timestamptz,
        p_key text, p_fingerprint bytea, p_is_plausible boolean,
        p_use_id uuid, p_license_id uuid, p_entry_id uuid)
    RETURNS TABLE (
        outcome text, use_id uuid, license uuid, used_now boolean, licenses_left integer)
"""

USE_FUNCTION_OF_THE_RELEASE_BEFORE = f"""
    {_USE_LICENSE} LANGUAGE sql AS $$
        SELECT s.outcome, s.use_id, s.license_id, s.used_now, greatest(s.licenses_left, 0)
        FROM start_license_uses(p_school_id, NULL, jsonb_build_array(jsonb_build_object(
            'place', 1, 'person_id', p_person_id, 'license_product', p_license_product,
            'schooljaar', p_schooljaar, 'activity_kind', p_activity_kind,
            'activity_id', p_activity_id, 'started_at', p_started_at, 'key', p_key,
            'fingerprint', encode(p_fingerprint, 'hex'), 'is_plausible', p_is_plausible,
            'use_id', p_use_id, 'license_id', p_license_id, 'entry_id', p_entry_id))) s
    $$
"""

# A statement, not each row: a pool is updated once, however many starts came together.
ENTRY_TRIGGER = """
    CREATE FUNCTION license_entry_counts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE license_pool p SET granted = p.granted + s.granted, used = p.used + s.used
        FROM (
            SELECT pool_id, coalesce(sum(amount) FILTER (WHERE kind = 'grant'), 0) AS granted,
                -coalesce(sum(amount) FILTER (WHERE kind <> 'grant'), 0) AS used
            FROM made GROUP BY pool_id) s
        WHERE p.id = s.pool_id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER license_entry_counts AFTER INSERT ON license_entry
        REFERENCING NEW TABLE AS made
        FOR EACH STATEMENT EXECUTE FUNCTION license_entry_counts();
"""

# Owned by the schema's owner: a service may ask for months, never make or drop a table itself.
LOG_FUNCTIONS = """
    CREATE FUNCTION make_license_use_months(p_from timestamptz, p_ahead integer)
    RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
    AS $$
    DECLARE
        month timestamptz := date_trunc('month', least(p_from, now()));
        part text;
        made integer := 0;
    BEGIN
        -- Two workers that do this at once would make the same table.
        PERFORM pg_advisory_xact_lock(hashtext('make_license_use_months'));
        WHILE month <= now() + make_interval(months => p_ahead) LOOP
            part := 'license_use_' || to_char(month, 'YYYY_MM');
            IF to_regclass(part) IS NULL THEN
                -- Attached, not made in place: that would make every start wait.
                EXECUTE format('CREATE TABLE %I (LIKE license_use INCLUDING DEFAULTS '
                    'INCLUDING CONSTRAINTS)', part);
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
                EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
                EXECUTE format('ALTER TABLE license_use ATTACH PARTITION %I '
                    'FOR VALUES FROM (%L) TO (%L)', part, month, month + interval '1 month');
                made := made + 1;
            END IF;
            month := month + interval '1 month';
        END LOOP;
        RETURN made;
    END $$;

    CREATE FUNCTION drop_license_use_months(p_before timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
    SET lock_timeout = '2s'
    AS $$
    DECLARE
        part text;
        dropped integer := 0;
        -- Whatever a setting says: the last three months are not old.
        bound timestamptz := date_trunc('month', least(p_before, now() - interval '3 months'));
    BEGIN
        FOR part IN
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'license_use'::regclass
                AND to_date(right(c.relname, 7), 'YYYY_MM') < bound
            ORDER BY c.relname
        LOOP
            EXECUTE format('DROP TABLE %I', part);
            dropped := dropped + 1;
        END LOOP;
        RETURN dropped;
    END $$;
"""

OLD_LOG = """
    ALTER TABLE license_use RENAME TO license_use_by_month;
    ALTER TABLE license_use_by_month
        RENAME CONSTRAINT pk_license_use TO pk_license_use_by_month;
    CREATE TABLE license_use (
        id uuid NOT NULL,
        school_id uuid NOT NULL,
        idempotency_key text NOT NULL,
        fingerprint bytea NOT NULL,
        license_id uuid NOT NULL,
        person_id uuid NOT NULL,
        activity_kind text NOT NULL,
        activity_id text NOT NULL,
        started_at timestamptz NOT NULL,
        license_used_now boolean NOT NULL,
        licenses_left integer NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_license_use PRIMARY KEY (id),
        CONSTRAINT uq_license_use_school_id_person_id_idempotency_key
            UNIQUE (school_id, person_id, idempotency_key),
        CONSTRAINT fk_license_use_school_id
            FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
        CONSTRAINT fk_license_use_license_id
            FOREIGN KEY (license_id) REFERENCES license (id) ON DELETE RESTRICT,
        CONSTRAINT ck_license_use_activity_kind_known
            CHECK (activity_kind IN ('sprongtoets', 'oefening')),
        CONSTRAINT ck_license_use_fingerprint_is_sha256
            CHECK (octet_length(fingerprint) = 32),
        CONSTRAINT ck_license_use_left_not_negative CHECK (licenses_left >= 0)
    );
    COMMENT ON TABLE license_use
        IS 'every start of a sprongtoets or an oefening, and the answer it got, for ever';
    INSERT INTO license_use
    SELECT u.id, u.school_id, a.idempotency_key, a.fingerprint, u.license_id, u.person_id,
        u.activity_kind, u.activity_id, u.started_at, u.license_used_now, a.licenses_left,
        u.recorded_at
    FROM license_use_by_month u JOIN license_answer a ON a.use_id = u.id;
    DROP TABLE license_use_by_month;
    DROP TABLE license_answer;
"""

OLD_ENTRY_TRIGGER = """
    CREATE FUNCTION license_entry_counts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE license_pool SET
            granted = granted + CASE NEW.kind WHEN 'grant' THEN NEW.amount ELSE 0 END,
            used = used + CASE NEW.kind WHEN 'use' THEN 1 ELSE 0 END
        WHERE id = NEW.pool_id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER license_entry_counts AFTER INSERT ON license_entry
        FOR EACH ROW EXECUTE FUNCTION license_entry_counts();
"""

OLD_USE_FUNCTION = f"""
    {_USE_LICENSE}
        LANGUAGE plpgsql AS $$
        DECLARE
            first license_use;
            pool license_pool;
            held uuid;
            is_new boolean := false;
        BEGIN
            SELECT * INTO first FROM license_use u
            WHERE u.school_id = p_school_id AND u.person_id = p_person_id
                AND u.idempotency_key = p_key;
            IF FOUND THEN
                RETURN QUERY SELECT
                    CASE WHEN first.fingerprint = p_fingerprint THEN 'recorded'
                         ELSE 'key_reused' END,
                    first.id, first.license_id, first.license_used_now, first.licenses_left;
                RETURN;
            END IF;
            IF NOT p_is_plausible THEN
                RETURN QUERY SELECT 'implausible', NULL::uuid, NULL::uuid, NULL::boolean,
                    NULL::integer;
                RETURN;
            END IF;
            PERFORM FROM license_person p WHERE p.id = p_person_id
                AND p.school_id = p_school_id AND p.role = 'pupil' AND p.state = 'active';
            IF NOT FOUND THEN
                RETURN QUERY SELECT 'person_unknown', NULL::uuid, NULL::uuid, NULL::boolean,
                    NULL::integer;
                RETURN;
            END IF;
            SELECT * INTO pool FROM license_pool p WHERE p.school_id = p_school_id
                AND p.license_product = p_license_product AND p.schooljaar = p_schooljaar;
            SELECT l.id INTO held FROM license l
            WHERE l.pool_id = pool.id AND l.person_id = p_person_id;
            IF held IS NULL AND pool.id IS NOT NULL THEN
                SELECT * INTO pool FROM license_pool p WHERE p.id = pool.id FOR UPDATE;
                SELECT l.id INTO held FROM license l
                WHERE l.pool_id = pool.id AND l.person_id = p_person_id;
            END IF;
            IF held IS NULL THEN
                IF pool.id IS NULL OR pool.used >= pool.granted THEN
                    RETURN QUERY SELECT 'none_left', NULL::uuid, NULL::uuid, NULL::boolean, 0;
                    RETURN;
                END IF;
                INSERT INTO license (id, school_id, pool_id, person_id)
                VALUES (p_license_id, p_school_id, pool.id, p_person_id);
                INSERT INTO license_entry (id, school_id, pool_id, kind, amount, license_id)
                VALUES (p_entry_id, p_school_id, pool.id, 'use', -1, p_license_id);
                held := p_license_id;
                pool.used := pool.used + 1;
                is_new := true;
            END IF;
            INSERT INTO license_use (id, school_id, idempotency_key, fingerprint, license_id,
                person_id, activity_kind, activity_id, started_at, license_used_now,
                licenses_left)
            VALUES (p_use_id, p_school_id, p_key, p_fingerprint, held, p_person_id,
                p_activity_kind, p_activity_id, p_started_at, is_new, pool.granted - pool.used);
            RETURN QUERY SELECT 'recorded', p_use_id, held, is_new, pool.granted - pool.used;
        END $$
"""


def upgrade() -> None:
    _pools()
    _licenses()
    _ledger()
    _merges()
    _answers_and_log()
    _jobs()
    op.execute(START_FUNCTIONS)
    op.execute("DROP FUNCTION use_license")
    # The release before this one still calls it.
    op.execute(USE_FUNCTION_OF_THE_RELEASE_BEFORE)
    _rights()


def _pools() -> None:
    op.execute("""
        ALTER TABLE license_pool
            ADD COLUMN overdraft integer NOT NULL DEFAULT 0,
            ADD COLUMN told_level smallint NOT NULL DEFAULT 0,
            ADD CONSTRAINT uq_license_pool_id_school_id UNIQUE (id, school_id),
            ADD CONSTRAINT ck_license_pool_overdraft_within_bounds
                CHECK (overdraft BETWEEN 0 AND 1000000),
            DROP CONSTRAINT ck_license_pool_never_oversold,
            ADD CONSTRAINT ck_license_pool_never_oversold
                CHECK (granted >= 0 AND used >= 0 AND used <= granted + overdraft),
            SET (fillfactor = 50);
        COMMENT ON COLUMN license_pool.overdraft
            IS 'how many more than granted may be used; 0 blocks when the pool is empty';
        COMMENT ON COLUMN license_pool.told_level
            IS 'percentage in use that was last told: 0, 80, 95, 100, or 101 in overdraft';
        COMMENT ON COLUMN license_pool.used
            IS 'number of the ledger''s uses less its releases; kept by its trigger';
    """)


def _licenses() -> None:
    op.execute("""
        ALTER TABLE license
            ADD COLUMN released_at timestamptz,
            DROP CONSTRAINT uq_license_pool_id_person_id,
            DROP CONSTRAINT fk_license_pool_id,
            DROP CONSTRAINT fk_license_school_id,
            ADD CONSTRAINT fk_license_pool_id_school_id FOREIGN KEY (pool_id, school_id)
                REFERENCES license_pool (id, school_id) ON DELETE RESTRICT;
        COMMENT ON TABLE license
            IS 'a license that was used: one pupil, one license product, one schooljaar';
        COMMENT ON COLUMN license.person_id
            IS 'who holds it; no foreign key: it counts also when the person is erased';
        COMMENT ON COLUMN license.released_at IS 'when it was given back; null while it is in use';
        CREATE UNIQUE INDEX uq_license_in_use ON license (pool_id, person_id)
            WHERE released_at IS NULL;
        CREATE INDEX ix_license_school_id_person_id ON license (school_id, person_id);
    """)


def _ledger() -> None:
    # The account that gives or takes is the kind's, so a row is a whole transaction: what it adds
    # to `available` it takes from its counter account, and no sum can be other than zero.
    op.execute("""
        ALTER TABLE license_entry
            ADD COLUMN counter_account text NOT NULL GENERATED ALWAYS AS
                (CASE kind WHEN 'grant' THEN 'granted' ELSE 'used' END) STORED,
            ADD COLUMN written_by bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
            DROP CONSTRAINT uq_license_entry_license_id,
            ADD CONSTRAINT uq_license_entry_license_id_kind UNIQUE (license_id, kind),
            DROP CONSTRAINT fk_license_entry_pool_id,
            DROP CONSTRAINT fk_license_entry_school_id,
            ADD CONSTRAINT fk_license_entry_pool_id_school_id FOREIGN KEY (pool_id, school_id)
                REFERENCES license_pool (id, school_id) ON DELETE RESTRICT,
            DROP CONSTRAINT ck_license_entry_kind_known,
            ADD CONSTRAINT ck_license_entry_kind_known
                CHECK (kind IN ('grant', 'use', 'release')),
            DROP CONSTRAINT ck_license_entry_use_takes_one,
            ADD CONSTRAINT ck_license_entry_a_license_moves_by_one CHECK (
                CASE kind WHEN 'grant' THEN license_id IS NULL
                    WHEN 'use' THEN license_id IS NOT NULL AND amount = -1
                    ELSE license_id IS NOT NULL AND amount = 1 END),
            DROP CONSTRAINT ck_license_entry_grant_says_who_and_why,
            ADD CONSTRAINT ck_license_entry_who_and_why CHECK (kind = 'use'
                OR (amount <> 0 AND actor IS NOT NULL AND reason IS NOT NULL));
        COMMENT ON TABLE license_entry
            IS 'the ledger: every grant, use and release, append-only; pools are its sums';
        COMMENT ON COLUMN license_entry.amount
            IS 'licenses added to the account `available`, taken from the counter account';
        COMMENT ON COLUMN license_entry.counter_account IS 'the other half of the entry';
        COMMENT ON COLUMN license_entry.license_id IS 'of a use or a release: which license';
        COMMENT ON COLUMN license_entry.actor IS 'audit name of who granted or released';
        COMMENT ON COLUMN license_entry.reason IS 'e.g. an order number';
        COMMENT ON COLUMN license_entry.written_by
            IS 'the transaction: a feed in its order, below the oldest still open, misses none';
        CREATE INDEX ix_license_entry_written_by_id ON license_entry (written_by, id);
        CREATE VIEW license_posting WITH (security_invoker = true) AS
            SELECT id AS entry_id, school_id, pool_id, 'available' AS account, amount
            FROM license_entry
            UNION ALL
            SELECT id, school_id, pool_id, counter_account, -amount FROM license_entry;
        COMMENT ON VIEW license_posting
            IS 'the ledger as a bookkeeper writes it: two halves an entry';
    """)
    op.execute("DROP TRIGGER license_entry_counts ON license_entry")
    op.execute("DROP FUNCTION license_entry_counts()")
    op.execute(ENTRY_TRIGGER)


def _merges() -> None:
    op.execute("""
        CREATE TABLE license_merge (
            school_id uuid NOT NULL,
            person_id uuid NOT NULL,
            into_person_id uuid NOT NULL,
            actor text NOT NULL,
            merged_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_license_merge PRIMARY KEY (person_id),
            CONSTRAINT fk_license_merge_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT ck_license_merge_two_persons CHECK (person_id <> into_person_id)
        );
        COMMENT ON TABLE license_merge
            IS 'persons that turned out to be another: their starts count for that one';
        COMMENT ON COLUMN license_merge.into_person_id
            IS 'who they are; never itself merged, so one look is enough';
        COMMENT ON COLUMN license_merge.actor IS 'audit name of who said so';
        CREATE INDEX ix_license_merge_into_person_id ON license_merge (into_person_id);
    """)


def _answers_and_log() -> None:
    op.execute("""
        ALTER TABLE license_use RENAME TO license_use_before;
        ALTER TABLE license_use_before
            RENAME CONSTRAINT pk_license_use TO pk_license_use_before;
        CREATE TABLE license_answer (
            idempotency_key text NOT NULL,
            person_id uuid NOT NULL,
            school_id uuid NOT NULL,
            fingerprint bytea NOT NULL,
            use_id uuid NOT NULL,
            license_id uuid NOT NULL,
            license_used_now boolean NOT NULL,
            licenses_left integer NOT NULL,
            CONSTRAINT pk_license_answer PRIMARY KEY (idempotency_key, person_id),
            CONSTRAINT ck_license_answer_fingerprint_is_sha256
                CHECK (octet_length(fingerprint) = 32)
        );
        COMMENT ON TABLE license_answer
            IS 'the first answer to every start, for ever; no foreign key, as nobody may delete';
        COMMENT ON COLUMN license_answer.idempotency_key
            IS 'given by the caller, or derived; means something for its pupil only. First in the '
               'key: keys that grow with time are written side by side, however many there are';
        COMMENT ON COLUMN license_answer.fingerprint IS 'SHA-256 of the request';
        COMMENT ON COLUMN license_answer.license_used_now
            IS 'whether this start was the first under its license';
        COMMENT ON COLUMN license_answer.licenses_left
            IS 'in the pool, when it was recorded; below zero in overdraft';
        CREATE TABLE license_use (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            license_id uuid NOT NULL,
            person_id uuid NOT NULL,
            activity_kind text NOT NULL,
            activity_id text NOT NULL,
            started_at timestamptz NOT NULL,
            license_used_now boolean NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_license_use PRIMARY KEY (id, recorded_at),
            CONSTRAINT ck_license_use_activity_kind_known
                CHECK (activity_kind IN ('sprongtoets', 'oefening'))
        ) PARTITION BY RANGE (recorded_at);
        COMMENT ON TABLE license_use
            IS 'the log: every start of a sprongtoets or an oefening, by month, until retention';
        COMMENT ON COLUMN license_use.license_used_now
            IS 'whether this start was the first under its license';
        CREATE INDEX ix_license_use_school_id_started_at ON license_use (school_id, started_at);
    """)
    op.execute(LOG_FUNCTIONS)
    op.execute(f"""
        SELECT make_license_use_months(
            (SELECT min(recorded_at) FROM license_use_before), {_MONTHS_AHEAD});
        INSERT INTO license_answer (idempotency_key, person_id, school_id, fingerprint, use_id,
            license_id, license_used_now, licenses_left)
        SELECT idempotency_key, person_id, school_id, fingerprint, id, license_id,
            license_used_now, licenses_left FROM license_use_before;
        INSERT INTO license_use (id, school_id, license_id, person_id, activity_kind, activity_id,
            started_at, license_used_now, recorded_at)
        SELECT id, school_id, license_id, person_id, activity_kind, activity_id, started_at,
            license_used_now, recorded_at FROM license_use_before;
        DROP TABLE license_use_before;
    """)


def _jobs() -> None:
    op.execute("""
        CREATE TABLE license_feed_position (
            reader text NOT NULL,
            written_by bigint NOT NULL DEFAULT 0,
            CONSTRAINT pk_license_feed_position PRIMARY KEY (reader)
        );
        COMMENT ON TABLE license_feed_position
            IS 'how far each reader of the ledger has come, and the lock of who reads on';
        COMMENT ON COLUMN license_feed_position.written_by
            IS 'every entry of a transaction up to this one was read';
        CREATE TABLE license_check (
            id uuid NOT NULL,
            day date NOT NULL,
            pools integer NOT NULL,
            entries bigint NOT NULL,
            problems jsonb NOT NULL,
            checked_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_license_check PRIMARY KEY (id),
            CONSTRAINT uq_license_check_day UNIQUE (day)
        );
        COMMENT ON TABLE license_check
            IS 'the nightly proof that pools, licenses and ledger say the same, or what does not';
        COMMENT ON COLUMN license_check.day IS 'calendar day in Europe/Amsterdam';
        COMMENT ON COLUMN license_check.problems
            IS 'pools and what differs in them; no personal data';
    """)
    grant("licensing", "SELECT, INSERT, UPDATE", "license_feed_position")
    grant("licensing", "SELECT, INSERT, UPDATE", "license_check")


def _rights() -> None:
    for table in ("license_merge", "license_answer", "license_use"):
        school_rows_only(table)
        grant("licensing", "SELECT, INSERT", table)
    grant("licensing", "SELECT", "license_posting")
    grant("licensing", "UPDATE (overdraft, told_level)", "license_pool")
    grant("licensing", "UPDATE (person_id, released_at)", "license")
    grant("licensing", "UPDATE (into_person_id)", "license_merge")
    role = role_of("licensing")
    for function in (
        "start_license_uses",
        "use_license",
        "make_license_use_months",
        "drop_license_use_months",
    ):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")
    for table in _AUDITED:
        op.execute(
            f"CREATE POLICY audit ON {table} FOR SELECT TO {role} "
            "USING (current_setting('app.license_audit', true) = 'on')"
        )


def downgrade() -> None:
    for table in _AUDITED:
        op.execute(f"DROP POLICY audit ON {table}")
    op.execute("DROP FUNCTION use_license")
    op.execute("DROP FUNCTION start_license_uses")
    op.execute("DROP FUNCTION license_start_facts")
    op.execute("DROP TYPE license_start_fact")
    op.execute(OLD_LOG)
    school_rows_only("license_use")
    grant("licensing", "SELECT, INSERT", "license_use")
    op.execute("""
        DROP FUNCTION make_license_use_months;
        DROP FUNCTION drop_license_use_months;
        DROP TABLE license_check;
        DROP TABLE license_feed_position;
        DROP TABLE license_merge;
        DROP VIEW license_posting;
        DROP TRIGGER license_entry_counts ON license_entry;
        DROP FUNCTION license_entry_counts();
        REVOKE UPDATE (person_id, released_at) ON license FROM koppeling_licensing;
    """)
    _old_ledger()
    op.execute(OLD_ENTRY_TRIGGER)
    op.execute(OLD_USE_FUNCTION)
    op.execute("REVOKE ALL ON FUNCTION use_license FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION use_license TO {role_of('licensing')}")


def _old_ledger() -> None:
    """Refuses, by its constraints, where a release or an overdraft says what it cannot hold."""
    op.execute("""
        DROP INDEX ix_license_entry_written_by_id;
        ALTER TABLE license_entry
            DROP CONSTRAINT ck_license_entry_who_and_why,
            ADD CONSTRAINT ck_license_entry_grant_says_who_and_why CHECK (kind <> 'grant'
                OR (amount <> 0 AND actor IS NOT NULL AND reason IS NOT NULL)),
            DROP CONSTRAINT ck_license_entry_a_license_moves_by_one,
            ADD CONSTRAINT ck_license_entry_use_takes_one CHECK (
                (kind = 'use') = (license_id IS NOT NULL) AND (kind <> 'use' OR amount = -1)),
            DROP CONSTRAINT ck_license_entry_kind_known,
            ADD CONSTRAINT ck_license_entry_kind_known CHECK (kind IN ('grant', 'use')),
            DROP CONSTRAINT fk_license_entry_pool_id_school_id,
            ADD CONSTRAINT fk_license_entry_pool_id FOREIGN KEY (pool_id)
                REFERENCES license_pool (id) ON DELETE RESTRICT,
            ADD CONSTRAINT fk_license_entry_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            DROP CONSTRAINT uq_license_entry_license_id_kind,
            ADD CONSTRAINT uq_license_entry_license_id UNIQUE (license_id),
            DROP COLUMN written_by,
            DROP COLUMN counter_account;
        DROP INDEX ix_license_school_id_person_id;
        DROP INDEX uq_license_in_use;
        ALTER TABLE license
            DROP CONSTRAINT fk_license_pool_id_school_id,
            ADD CONSTRAINT fk_license_pool_id FOREIGN KEY (pool_id)
                REFERENCES license_pool (id) ON DELETE RESTRICT,
            ADD CONSTRAINT fk_license_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT,
            ADD CONSTRAINT uq_license_pool_id_person_id UNIQUE (pool_id, person_id),
            DROP COLUMN released_at;
        ALTER TABLE license_pool
            DROP CONSTRAINT ck_license_pool_never_oversold,
            ADD CONSTRAINT ck_license_pool_never_oversold
                CHECK (0 <= used AND used <= granted),
            DROP CONSTRAINT ck_license_pool_overdraft_within_bounds,
            DROP CONSTRAINT uq_license_pool_id_school_id,
            DROP COLUMN overdraft,
            DROP COLUMN told_level,
            RESET (fillfactor);
    """)

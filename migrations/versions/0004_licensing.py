"""Licenses: products, pools, the ledger, and the one function that records a start."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHOOL_TABLES = ("license_pool", "license", "license_entry", "license_use")


def upgrade() -> None:
    _products_and_pools()
    _licenses()
    _ledger()
    _uses()
    _use_license()
    for table in SCHOOL_TABLES:
        school_rows_only(table)
    grant("licensing", "SELECT, INSERT, UPDATE", "license_product")
    grant("licensing", "SELECT, INSERT, UPDATE (granted, used)", "license_pool")
    # Append-only: what was used or granted is never edited, only followed by another entry.
    for table in ("license", "license_entry", "license_use"):
        grant("licensing", "SELECT, INSERT", table)


def _products_and_pools() -> None:
    op.execute("""
        CREATE TABLE license_product (
            code text NOT NULL,
            name text NOT NULL,
            product text NOT NULL,
            leergebied text,
            CONSTRAINT pk_license_product PRIMARY KEY (code),
            CONSTRAINT fk_license_product_product
                FOREIGN KEY (product) REFERENCES product (code) ON DELETE RESTRICT,
            CONSTRAINT ck_license_product_code_is_a_slug
                CHECK (code ~ '^[a-z][a-z0-9-]{0,31}$')
        );
        COMMENT ON TABLE license_product
            IS 'what a license covers: data, so that a new one needs no new code';
        COMMENT ON COLUMN license_product.name IS 'as schools know it';
        COMMENT ON COLUMN license_product.leergebied
            IS 'the part of the product it is limited to; null for all of it';
        CREATE TABLE license_pool (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            license_product text NOT NULL,
            schooljaar text NOT NULL,
            granted integer NOT NULL DEFAULT 0,
            used integer NOT NULL DEFAULT 0,
            CONSTRAINT pk_license_pool PRIMARY KEY (id),
            CONSTRAINT uq_license_pool_school_id_license_product_schooljaar
                UNIQUE (school_id, license_product, schooljaar),
            CONSTRAINT fk_license_pool_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_license_pool_license_product
                FOREIGN KEY (license_product) REFERENCES license_product (code)
                ON DELETE RESTRICT,
            CONSTRAINT ck_license_pool_schooljaar_shape
                CHECK (schooljaar ~ '^[0-9]{4}-[0-9]{4}$'),
            CONSTRAINT ck_license_pool_never_oversold CHECK (0 <= used AND used <= granted)
        );
        COMMENT ON TABLE license_pool
            IS 'the licenses of a school for one schooljaar, and the lock of whoever uses one';
        COMMENT ON COLUMN license_pool.granted
            IS 'sum of the ledger''s grants; kept by its trigger';
        COMMENT ON COLUMN license_pool.used
            IS 'number of the ledger''s uses; kept by its trigger';
    """)


def _licenses() -> None:
    op.execute("""
        CREATE TABLE license (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            pool_id uuid NOT NULL,
            person_id uuid NOT NULL,
            used_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_license PRIMARY KEY (id),
            CONSTRAINT uq_license_pool_id_person_id UNIQUE (pool_id, person_id),
            CONSTRAINT fk_license_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_license_pool_id
                FOREIGN KEY (pool_id) REFERENCES license_pool (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE license
            IS 'a license in use: one pupil, one license product, one schooljaar';
        COMMENT ON COLUMN license.person_id
            IS 'no foreign key: the license counts also when the person is erased';
    """)


def _ledger() -> None:
    op.execute("""
        CREATE TABLE license_entry (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            pool_id uuid NOT NULL,
            kind text NOT NULL,
            amount integer NOT NULL,
            license_id uuid,
            actor text,
            reason text,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_license_entry PRIMARY KEY (id),
            CONSTRAINT uq_license_entry_license_id UNIQUE (license_id),
            CONSTRAINT fk_license_entry_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_license_entry_pool_id
                FOREIGN KEY (pool_id) REFERENCES license_pool (id) ON DELETE RESTRICT,
            CONSTRAINT fk_license_entry_license_id
                FOREIGN KEY (license_id) REFERENCES license (id) ON DELETE RESTRICT,
            CONSTRAINT ck_license_entry_kind_known CHECK (kind IN ('grant', 'use')),
            CONSTRAINT ck_license_entry_use_takes_one
                CHECK ((kind = 'use') = (license_id IS NOT NULL)
                    AND (kind <> 'use' OR amount = -1)),
            CONSTRAINT ck_license_entry_grant_says_who_and_why
                CHECK (kind <> 'grant'
                    OR (amount <> 0 AND actor IS NOT NULL AND reason IS NOT NULL))
        );
        COMMENT ON TABLE license_entry
            IS 'the ledger: every grant and every use, append-only; pools are its sums';
        COMMENT ON COLUMN license_entry.amount IS 'licenses; negative takes away';
        COMMENT ON COLUMN license_entry.license_id IS 'of a use: which license it paid';
        COMMENT ON COLUMN license_entry.actor IS 'audit name of who granted';
        COMMENT ON COLUMN license_entry.reason IS 'of a grant, e.g. an order number';
        CREATE INDEX ix_license_entry_pool_id_id ON license_entry (pool_id, id);

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
    """)


def _uses() -> None:
    op.execute("""
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
        COMMENT ON COLUMN license_use.idempotency_key
            IS 'given by the caller, or derived; means something for its pupil only';
        COMMENT ON COLUMN license_use.fingerprint IS 'SHA-256 of the request';
        COMMENT ON COLUMN license_use.license_used_now
            IS 'whether this start was the first under its license';
        COMMENT ON COLUMN license_use.licenses_left IS 'in the pool, when it was recorded';
    """)


def _use_license() -> None:
    """One call holds key, license, ledger and log together: the hot path is one round trip.

    The key is looked up before the balance, so that a repeat gets its first answer also when the
    pool is empty by then. Whoever may use the pool's next license first waits for the pool's
    row, and only then looks whether the pupil has one: of two starts of one pupil at the same
    moment the second finds what the first made.
    """
    op.execute("""
        CREATE FUNCTION use_license(
            p_school_id uuid, p_license_product text, p_schooljaar text, p_person_id uuid,
            p_activity_kind text, p_activity_id text, p_started_at timestamptz,
            p_key text, p_fingerprint bytea, p_is_plausible boolean,
            p_use_id uuid, p_license_id uuid, p_entry_id uuid)
        RETURNS TABLE (
            outcome text, use_id uuid, license uuid, used_now boolean, licenses_left integer)
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
        END $$;
        REVOKE ALL ON FUNCTION use_license FROM PUBLIC;
    """)
    op.execute(f"GRANT EXECUTE ON FUNCTION use_license TO {role_of('licensing')}")


def downgrade() -> None:
    op.execute("DROP FUNCTION use_license")
    for table in ("license_use", "license_entry", "license", "license_pool", "license_product"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION license_entry_counts()")

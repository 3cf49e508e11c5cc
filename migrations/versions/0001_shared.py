"""Roles, API keys, outbox and idempotency keys: what all services share."""

from alembic import op

from migrations.access import SERVICES, role_of, service_rows_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for service in SERVICES:
        # Roles belong to the whole cluster: another database, or a migration of one that runs
        # at this moment, may have made it already.
        op.execute(f"""
            DO $$ BEGIN CREATE ROLE {role_of(service)} NOLOGIN;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
        """)
    op.execute("""
        CREATE TABLE api_key (
            id uuid NOT NULL,
            name text NOT NULL,
            key_hash bytea NOT NULL,
            scopes text[] NOT NULL,
            product text,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            revoked_at timestamptz,
            last_used_at timestamptz,
            CONSTRAINT pk_api_key PRIMARY KEY (id),
            CONSTRAINT uq_api_key_key_hash UNIQUE (key_hash),
            CONSTRAINT ck_api_key_key_hash_is_sha256 CHECK (octet_length(key_hash) = 32),
            CONSTRAINT ck_api_key_has_scope CHECK (cardinality(scopes) > 0)
        );
        COMMENT ON TABLE api_key IS 'who may call as Kurve ops or as another product';
        COMMENT ON COLUMN api_key.name IS 'who holds the key, for the list of keys';
        COMMENT ON COLUMN api_key.key_hash IS 'SHA-256 of the key';
        COMMENT ON COLUMN api_key.product
            IS 'the one product this key may see; null for Kurve ops';
    """)
    # A service may check a key it is shown, never read the table. The time of last use is
    # kept to the minute, so that a busy key does not turn every read into a write.
    op.execute("""
        CREATE FUNCTION api_key_caller(presented bytea)
        RETURNS TABLE (id uuid, name text, scopes text[], product text)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            UPDATE api_key k SET last_used_at = now()
            WHERE k.key_hash = presented AND k.revoked_at IS NULL
              AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute');
            RETURN QUERY SELECT k.id, k.name, k.scopes, k.product FROM api_key k
            WHERE k.key_hash = presented AND k.revoked_at IS NULL
              AND (k.expires_at IS NULL OR k.expires_at > now());
        END $$;
        REVOKE ALL ON FUNCTION api_key_caller(bytea) FROM PUBLIC;
    """)
    for service in SERVICES:
        op.execute(f"GRANT EXECUTE ON FUNCTION api_key_caller(bytea) TO {role_of(service)}")
    op.execute("""
        CREATE TABLE outbox (
            id uuid NOT NULL,
            service text NOT NULL,
            topic text NOT NULL,
            subject_id uuid NOT NULL,
            facts jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            due_at timestamptz NOT NULL DEFAULT now(),
            attempts integer NOT NULL DEFAULT 0,
            last_error text,
            done_at timestamptz,
            dead_at timestamptz,
            CONSTRAINT pk_outbox PRIMARY KEY (id),
            CONSTRAINT ck_outbox_attempts_not_negative CHECK (attempts >= 0),
            CONSTRAINT ck_outbox_done_or_dead CHECK (done_at IS NULL OR dead_at IS NULL)
        );
        COMMENT ON TABLE outbox IS 'side effects outside the database, written with their cause';
        COMMENT ON COLUMN outbox.service IS 'who wrote it and will carry it out';
        COMMENT ON COLUMN outbox.topic IS 'which handler carries it out';
        COMMENT ON COLUMN outbox.subject_id IS 'the row it is about';
        COMMENT ON COLUMN outbox.facts IS 'no personal data';
        COMMENT ON COLUMN outbox.last_error IS 'class of the last failure, never its text';
        CREATE INDEX ix_outbox_open ON outbox (service, due_at)
            WHERE done_at IS NULL AND dead_at IS NULL;
    """)
    service_rows_only("outbox", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE idempotency_key (
            service text NOT NULL,
            caller text NOT NULL,
            key text NOT NULL,
            fingerprint bytea NOT NULL,
            answer jsonb,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_idempotency_key PRIMARY KEY (service, caller, key)
        );
        COMMENT ON TABLE idempotency_key
            IS 'first answers, so that a repeated write changes nothing';
        COMMENT ON COLUMN idempotency_key.caller
            IS 'a key of one caller means nothing to another';
        COMMENT ON COLUMN idempotency_key.fingerprint IS 'SHA-256 of the request';
        COMMENT ON COLUMN idempotency_key.answer IS 'the first answer; no personal data';
    """)
    service_rows_only("idempotency_key", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE idempotency_key")
    op.execute("DROP TABLE outbox")
    op.execute("DROP FUNCTION api_key_caller(bytea)")
    op.execute("DROP TABLE api_key")
    # The roles stay: they belong to the cluster, and other databases may use them.

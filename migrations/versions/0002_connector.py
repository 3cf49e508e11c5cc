"""Products, schools and their koppelingen: what the connector owns."""

from alembic import op

from migrations.access import grant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATES = """
    'requested', 'waiting', 'scheduled', 'active', 'degraded', 'paused', 'expired', 'revoked',
    'ended'
"""


def upgrade() -> None:
    _products_and_schools()
    _koppelingen()
    _observations()
    for table in ("product", "school", "koppeling", "vestiging"):
        grant("connector", "SELECT, INSERT, UPDATE", table)
    # Append-only: a transition that happened is never changed.
    grant("connector", "SELECT, INSERT", "koppeling_event")
    op.execute("""
        ALTER TABLE api_key ADD CONSTRAINT fk_api_key_product
            FOREIGN KEY (product) REFERENCES product (code) ON DELETE RESTRICT
    """)


def _products_and_schools() -> None:
    op.execute("""
        CREATE TABLE product (
            code text NOT NULL,
            name text NOT NULL,
            somtoday_client_id text NOT NULL,
            somtoday_client_secret bytea NOT NULL,
            required_datavelden text[] NOT NULL,
            optional_datavelden text[] NOT NULL,
            CONSTRAINT pk_product PRIMARY KEY (code),
            CONSTRAINT ck_product_code_is_a_slug CHECK (code ~ '^[a-z][a-z0-9-]{0,31}$'),
            CONSTRAINT ck_product_required_or_optional
                CHECK (NOT required_datavelden && optional_datavelden)
        );
        COMMENT ON TABLE product
            IS 'Kurve''s products: data, so that a new product needs no new code';
        COMMENT ON COLUMN product.name IS 'as schools know it';
        COMMENT ON COLUMN product.somtoday_client_secret
            IS 'encrypted with CONNECTOR_ENCRYPTION_KEYS';
        CREATE TABLE school (
            id uuid NOT NULL,
            brin text NOT NULL,
            name text NOT NULL,
            CONSTRAINT pk_school PRIMARY KEY (id),
            CONSTRAINT uq_school_brin UNIQUE (brin),
            CONSTRAINT ck_school_brin_is_a_brin CHECK (brin ~ '^[0-9]{2}[A-Z]{2}$')
        );
        COMMENT ON TABLE school
            IS 'every school that any product knows; the tables of all services refer to it';
    """)


def _koppelingen() -> None:
    op.execute(f"""
        CREATE TABLE koppeling (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            product text NOT NULL,
            state text NOT NULL,
            contact_email text NOT NULL,
            organisation_id uuid,
            begin_on date,
            end_on date,
            told text[] NOT NULL DEFAULT '{{}}',
            last_problem text,
            requested_at timestamptz NOT NULL DEFAULT now(),
            last_verified_at timestamptz,
            verify_due_at timestamptz,
            CONSTRAINT pk_koppeling PRIMARY KEY (id),
            CONSTRAINT uq_koppeling_school_id_product UNIQUE (school_id, product),
            CONSTRAINT fk_koppeling_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT,
            CONSTRAINT fk_koppeling_product
                FOREIGN KEY (product) REFERENCES product (code) ON DELETE RESTRICT,
            CONSTRAINT ck_koppeling_state_exists CHECK (state IN ({_STATES})),
            CONSTRAINT ck_koppeling_dates_in_order CHECK (begin_on <= end_on),
            CONSTRAINT ck_koppeling_contact_is_an_address
                CHECK (contact_email ~ '^[^@[:space:]]+@[^@[:space:]]+$')
        );
        COMMENT ON TABLE koppeling
            IS 'a school''s standing permission for one product to read its Somtoday data';
        COMMENT ON COLUMN koppeling.contact_email IS 'who at school gets the mails';
        COMMENT ON COLUMN koppeling.organisation_id
            IS 'Somtoday''s id of the school, looked up by us';
        COMMENT ON COLUMN koppeling.begin_on IS 'stated first day, Europe/Amsterdam';
        COMMENT ON COLUMN koppeling.end_on IS 'stated last day, inclusive';
        COMMENT ON COLUMN koppeling.told
            IS 'states the school was mailed about since it was last requested';
        COMMENT ON COLUMN koppeling.last_problem IS 'code of what is wrong now';
        CREATE INDEX ix_koppeling_product ON koppeling (product);
        CREATE INDEX ix_koppeling_verify_due_at ON koppeling (verify_due_at)
            WHERE verify_due_at IS NOT NULL;
    """)


def _observations() -> None:
    op.execute(f"""
        CREATE TABLE koppeling_event (
            id uuid NOT NULL,
            koppeling_id uuid NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            from_state text,
            to_state text NOT NULL,
            event text NOT NULL,
            actor text NOT NULL,
            reason text,
            CONSTRAINT pk_koppeling_event PRIMARY KEY (id),
            CONSTRAINT fk_koppeling_event_koppeling_id
                FOREIGN KEY (koppeling_id) REFERENCES koppeling (id) ON DELETE RESTRICT,
            CONSTRAINT ck_koppeling_event_from_state_exists CHECK (from_state IN ({_STATES})),
            CONSTRAINT ck_koppeling_event_to_state_exists CHECK (to_state IN ({_STATES}))
        );
        COMMENT ON TABLE koppeling_event
            IS 'every transition of every koppeling with who, when and why; append-only';
        COMMENT ON COLUMN koppeling_event.from_state IS 'null for the first request';
        COMMENT ON COLUMN koppeling_event.actor IS 'audit name of a caller, or connector';
        COMMENT ON COLUMN koppeling_event.reason IS 'no personal data';
        CREATE INDEX ix_koppeling_event_koppeling_id_id ON koppeling_event (koppeling_id, id);
        CREATE TABLE vestiging (
            id uuid NOT NULL,
            koppeling_id uuid NOT NULL,
            somtoday_id uuid NOT NULL,
            name text NOT NULL,
            codes text[] NOT NULL,
            first_seen_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            CONSTRAINT pk_vestiging PRIMARY KEY (id),
            CONSTRAINT uq_vestiging_koppeling_id_somtoday_id UNIQUE (koppeling_id, somtoday_id),
            CONSTRAINT fk_vestiging_koppeling_id
                FOREIGN KEY (koppeling_id) REFERENCES koppeling (id) ON DELETE RESTRICT,
            CONSTRAINT ck_vestiging_seen_in_order CHECK (first_seen_at <= last_seen_at)
        );
        COMMENT ON TABLE vestiging
            IS 'the vestigingen that a school was seen to open for a product';
        COMMENT ON COLUMN vestiging.codes IS 'vestigingscodes (BRIN6)';
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE api_key DROP CONSTRAINT fk_api_key_product")
    for table in ("vestiging", "koppeling_event", "koppeling", "school", "product"):
        op.execute(f"DROP TABLE {table}")

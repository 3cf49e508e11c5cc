"""What licensing tells others: webhooks, the mails to a school, and what a report may know."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# By column: a name, a number or an e-mail address of a pupil is out of licensing's reach.
_PLACE_COLUMNS = {
    "person": "vestiging_code",
    "membership": "school_id, person_id, group_id, role, state",
    "roster_group": "id, school_id, kind, state, name",
}


def upgrade() -> None:
    _webhooks()
    _deliveries()
    _contacts()
    _places()


def _webhooks() -> None:
    op.execute("""
        CREATE TABLE webhook (
            id uuid NOT NULL,
            product text,
            url text NOT NULL,
            events text[] NOT NULL,
            secret bytea NOT NULL,
            secret_before bytea,
            secret_before_until timestamptz,
            active boolean NOT NULL DEFAULT true,
            failures integer NOT NULL DEFAULT 0,
            rests_until timestamptz,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_webhook PRIMARY KEY (id),
            CONSTRAINT fk_webhook_product
                FOREIGN KEY (product) REFERENCES product (code) ON DELETE RESTRICT,
            CONSTRAINT ck_webhook_some_event CHECK (cardinality(events) > 0),
            CONSTRAINT ck_webhook_failures_not_negative CHECK (failures >= 0),
            CONSTRAINT ck_webhook_secret_before_ends
                CHECK ((secret_before IS NULL) = (secret_before_until IS NULL))
        );
        COMMENT ON TABLE webhook IS 'where other Kurve systems want to be told of events';
        COMMENT ON COLUMN webhook.product
            IS 'the one Kurve product whose events it gets; null for all';
        COMMENT ON COLUMN webhook.events IS 'types of event, e.g. pool.low';
        COMMENT ON COLUMN webhook.secret IS 'signs what is sent; encrypted';
        COMMENT ON COLUMN webhook.secret_before
            IS 'encrypted; signs too, so that a receiver can change over in its own time';
        COMMENT ON COLUMN webhook.failures IS 'attempts that failed since one succeeded';
        COMMENT ON COLUMN webhook.rests_until
            IS 'a receiver that fails is left alone, so that it holds up nobody else';
        COMMENT ON COLUMN webhook.created_by IS 'audit name of the caller';
    """)
    grant("licensing", "SELECT, INSERT, UPDATE", "webhook")


def _deliveries() -> None:
    op.execute("""
        CREATE TABLE webhook_delivery (
            id uuid NOT NULL,
            webhook_id uuid NOT NULL,
            event_id uuid NOT NULL,
            event text NOT NULL,
            payload jsonb NOT NULL,
            entry_id uuid NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            delivered_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_webhook_delivery PRIMARY KEY (id),
            CONSTRAINT fk_webhook_delivery_webhook_id
                FOREIGN KEY (webhook_id) REFERENCES webhook (id) ON DELETE RESTRICT,
            CONSTRAINT uq_webhook_delivery_webhook_id_event_id UNIQUE (webhook_id, event_id)
        );
        COMMENT ON TABLE webhook_delivery
            IS 'an event on its way to one webhook: who has it does not get it again';
        COMMENT ON COLUMN webhook_delivery.event_id
            IS 'the same in every attempt, so that receivers can tell a repeat';
        COMMENT ON COLUMN webhook_delivery.event IS 'type of the event';
        COMMENT ON COLUMN webhook_delivery.payload IS 'what is sent: ids and numbers only';
        COMMENT ON COLUMN webhook_delivery.entry_id IS 'the outbox entry that carries it out';
        CREATE INDEX ix_webhook_delivery_webhook_id_id ON webhook_delivery (webhook_id, id);
        CREATE INDEX ix_webhook_delivery_created_at ON webhook_delivery (created_at);
        CREATE TABLE webhook_attempt (
            id uuid NOT NULL,
            delivery_id uuid NOT NULL,
            at timestamptz NOT NULL,
            status integer,
            error text,
            milliseconds integer NOT NULL,
            CONSTRAINT pk_webhook_attempt PRIMARY KEY (id),
            CONSTRAINT fk_webhook_attempt_delivery_id FOREIGN KEY (delivery_id)
                REFERENCES webhook_delivery (id) ON DELETE CASCADE,
            CONSTRAINT ck_webhook_attempt_answer_or_error
                CHECK ((status IS NULL) <> (error IS NULL))
        );
        COMMENT ON TABLE webhook_attempt IS 'each time that a delivery was tried';
        COMMENT ON COLUMN webhook_attempt.status IS 'HTTP status; null when there was no answer';
        COMMENT ON COLUMN webhook_attempt.error IS 'class of the failure, never its text';
        COMMENT ON COLUMN webhook_attempt.milliseconds IS 'until the answer, or the failure';
        CREATE INDEX ix_webhook_attempt_delivery_id_id ON webhook_attempt (delivery_id, id);
    """)
    grant("licensing", "SELECT, INSERT, UPDATE, DELETE", "webhook_delivery")
    grant("licensing", "SELECT, INSERT, DELETE", "webhook_attempt")


def _contacts() -> None:
    op.execute("""
        CREATE TABLE license_contact (
            school_id uuid NOT NULL,
            school_name text NOT NULL,
            email text NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_license_contact PRIMARY KEY (school_id),
            CONSTRAINT fk_license_contact_school_id
                FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE license_contact
            IS 'whom a school wants mailed about its licenses; not the contact of a koppeling';
        COMMENT ON COLUMN license_contact.school_name IS 'as the mail calls the school';
        COMMENT ON COLUMN license_contact.email IS 'personal data, when it is a person''s';
    """)
    school_rows_only("license_contact")
    grant("licensing", "SELECT, INSERT, UPDATE, DELETE", "license_contact")


def _places() -> None:
    op.execute("""
        CREATE VIEW license_place WITH (security_invoker = true) AS
            SELECT p.id AS person_id, p.school_id, p.vestiging_code,
                string_agg(DISTINCT g.name, ', ' ORDER BY g.name) AS klas
            FROM person p
            LEFT JOIN membership m
                ON m.person_id = p.id AND m.role = 'pupil' AND m.state = 'active'
            LEFT JOIN roster_group g
                ON g.id = m.group_id AND g.kind = 'stamgroep' AND g.state = 'active'
            GROUP BY p.id;
        COMMENT ON VIEW license_place
            IS 'where a pupil is now, for license reports: vestiging and stamgroepen, no name';
    """)
    for table, columns in _PLACE_COLUMNS.items():
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {role_of('licensing')}")
    grant("licensing", "SELECT", "license_place")


def downgrade() -> None:
    for table, columns in _PLACE_COLUMNS.items():
        op.execute(f"REVOKE SELECT ({columns}) ON {table} FROM {role_of('licensing')}")
    op.execute("""
        DROP VIEW license_place;
        DROP TABLE license_contact;
        DROP TABLE webhook_attempt;
        DROP TABLE webhook_delivery;
        DROP TABLE webhook;
    """)

"""When schools were mailed, the one mail a day to ops, and what was given up."""

from alembic import op

from migrations.access import grant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Beside `told`, not instead of it: the release before this one still writes that.
    op.execute("""
        ALTER TABLE koppeling ADD COLUMN told_at jsonb NOT NULL DEFAULT '{}';
        COMMENT ON COLUMN koppeling.told_at
            IS 'when the school was last mailed, by kind of mail: keeps mails apart';
        COMMENT ON COLUMN koppeling.told
            IS 'what the school was mailed about since it was last requested';
        CREATE TABLE ops_digest (
            day date NOT NULL,
            written_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_ops_digest PRIMARY KEY (day)
        );
        COMMENT ON TABLE ops_digest
            IS 'the days that ops were mailed an overview: one mail a day, however many workers';
        COMMENT ON COLUMN ops_digest.day IS 'calendar day in Europe/Amsterdam';
        CREATE INDEX ix_outbox_dead ON outbox (service, id) WHERE dead_at IS NOT NULL;
    """)
    grant("connector", "SELECT, INSERT", "ops_digest")


def downgrade() -> None:
    op.execute("""
        DROP INDEX ix_outbox_dead;
        DROP TABLE ops_digest;
        COMMENT ON COLUMN koppeling.told
            IS 'states the school was mailed about since it was last requested';
        ALTER TABLE koppeling DROP COLUMN told_at;
    """)

"""Licenses: when a month ends is read from the names of the log's own parts only.

The planner was free to read a year from the name of any table, before it looked which ones are
parts of the log. By the plan of one day it began with "alembic_version", and no month was dropped.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE OR REPLACE FUNCTION drop_license_use_months(p_before timestamptz) RETURNS integer
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
                -- Of conditions beside each other the planner may try any first; of a CASE not.
                WHERE CASE WHEN i.inhparent = 'license_use'::regclass
                    THEN to_date(right(c.relname, 7), 'YYYY_MM') < bound END
                ORDER BY c.relname
            LOOP
                EXECUTE format('DROP TABLE %I', part);
                dropped := dropped + 1;
            END LOOP;
            RETURN dropped;
        END $$;
    """)


def downgrade() -> None:
    """It serves the release before as well: what it promises is the same."""

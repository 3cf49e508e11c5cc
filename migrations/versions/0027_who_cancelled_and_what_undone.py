"""Who cancelled an import, which undone fields a night leaves, and nights without a koppeling.

Null and empty of what the release before writes.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE import_run ADD COLUMN cancelled_by text;
        COMMENT ON COLUMN import_run.cancelled_by IS 'opaque id of who cancelled it, or began '
            'another in its place, never a name';
        ALTER TABLE import_change ADD COLUMN undone text[] NOT NULL DEFAULT '{}';
        COMMENT ON COLUMN import_change.undone IS 'fields of `after` that an undo took back, found '
            'by a night';
        COMMENT ON COLUMN import_change.kept IS 'those of `held` and `undone` that stay so, and a '
            'key not given up';
        -- NOT VALID: every row there is fits the stricter one, and the table is large.
        ALTER TABLE import_change DROP CONSTRAINT ck_import_change_kept_is_held,
            ADD CONSTRAINT ck_import_change_kept_may_be
                CHECK (kept <@ array_append(held || undone, 'source_key')) NOT VALID;
        ALTER TABLE import_schedule DROP CONSTRAINT ck_import_schedule_waits_known;
        ALTER TABLE import_schedule ADD CONSTRAINT ck_import_schedule_waits_known
            CHECK (waits_because IN ('import_running', 'plan_waits', 'koppeling_over'));
    """)


def downgrade() -> None:
    # What is kept for being undone is unknown to the release before: such a row waits as a whole.
    # The owner may write rows of all schools meanwhile; for the services row-level security holds.
    op.execute("""
        ALTER TABLE import_schedule NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE import_change NO FORCE ROW LEVEL SECURITY;
        UPDATE import_schedule SET waits_because = NULL WHERE waits_because = 'koppeling_over';
        ALTER TABLE import_schedule DROP CONSTRAINT ck_import_schedule_waits_known;
        ALTER TABLE import_schedule ADD CONSTRAINT ck_import_schedule_waits_known
            CHECK (waits_because IN ('import_running', 'plan_waits'));
        ALTER TABLE import_change DROP CONSTRAINT ck_import_change_kept_may_be;
        UPDATE import_change SET chosen = chosen AND outcome IS NOT NULL,
            kept = ARRAY(SELECT name FROM unnest(kept) AS name WHERE name = ANY (held))
            WHERE NOT kept <@ held;
        ALTER TABLE import_change ADD CONSTRAINT ck_import_change_kept_is_held
            CHECK (kept <@ held) NOT VALID;
        COMMENT ON COLUMN import_change.kept IS 'those of `held` that stay as they are';
        ALTER TABLE import_change DROP COLUMN undone;
        ALTER TABLE import_run DROP COLUMN cancelled_by;
        ALTER TABLE import_change FORCE ROW LEVEL SECURITY;
        ALTER TABLE import_schedule FORCE ROW LEVEL SECURITY;
    """)

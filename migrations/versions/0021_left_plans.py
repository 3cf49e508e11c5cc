"""Why a night had no import, and whether somebody is at a plan."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE import_run ADD COLUMN touched_at timestamptz;
        COMMENT ON COLUMN import_run.touched_at IS 'when somebody chose, confirmed, decided or '
            'read again in its plan last; null when nobody did since a night took it';
        UPDATE import_run SET touched_at = planned_at
            WHERE state = 'planned' AND choice_revision > 0
                AND NOT EXISTS (SELECT FROM import_night n WHERE n.run_id = import_run.id);

        ALTER TABLE import_schedule ADD COLUMN waits_because text,
            ADD CONSTRAINT ck_import_schedule_waits_known
                CHECK (waits_because IN ('import_running', 'plan_waits'));
        COMMENT ON COLUMN import_schedule.waits_because
            IS 'what keeps the night that is due from its import; null when nothing does';

        ALTER TABLE import_night
            DROP CONSTRAINT ck_import_night_outcome_known,
            ADD CONSTRAINT ck_import_night_outcome_known CHECK (outcome IN ('applied', 'held',
                'failed', 'replaced', 'taken_over', 'missed', 'skipped')),
            DROP CONSTRAINT ck_import_night_run_fits,
            ADD CONSTRAINT ck_import_night_run_fits
                CHECK ((coalesce(outcome, '') IN ('missed', 'skipped')) = (run_id IS NULL));
        COMMENT ON COLUMN import_night.run_id
            IS 'its import; null for a night that was missed or skipped';
    """)


def downgrade() -> None:
    op.execute("""
        DELETE FROM import_night WHERE outcome = 'skipped';
        UPDATE import_night SET outcome = 'replaced' WHERE outcome = 'taken_over';
        ALTER TABLE import_night
            DROP CONSTRAINT ck_import_night_outcome_known,
            ADD CONSTRAINT ck_import_night_outcome_known CHECK (outcome IN ('applied', 'held',
                'failed', 'replaced', 'missed')),
            DROP CONSTRAINT ck_import_night_run_fits,
            ADD CONSTRAINT ck_import_night_run_fits
                CHECK ((outcome IS NOT DISTINCT FROM 'missed') = (run_id IS NULL));
        COMMENT ON COLUMN import_night.run_id IS 'its import; null for a night that was missed';
        ALTER TABLE import_schedule DROP COLUMN waits_because;
        ALTER TABLE import_run DROP COLUMN touched_at;
    """)

"""What an import did, in counts, and since when who it brought back had been archived.

Both are null of imports that the release before applies, or applied.
"""

from alembic import op

from migrations.access import grant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE import_run ADD COLUMN result jsonb;
        COMMENT ON COLUMN import_run.result
            IS 'what was done of it: counts only, no personal data; null until applied';
        ALTER TABLE import_change ADD COLUMN over_since timestamptz;
        COMMENT ON COLUMN import_change.over_since IS 'of what was brought back: since when it had '
            'been archived or ended, so that an undo says the same again';
        CREATE INDEX ix_import_run_undoes ON import_run (undoes) WHERE undoes IS NOT NULL;
    """)
    # The name of who confirmed leaves with the audit; that it was confirmed, and why, stays.
    grant("importer", "UPDATE (name)", "import_confirmation")


def downgrade() -> None:
    op.execute("""
        REVOKE UPDATE (name) ON import_confirmation FROM koppeling_importer;
        DROP INDEX ix_import_run_undoes;
        ALTER TABLE import_change DROP COLUMN over_since;
        ALTER TABLE import_run DROP COLUMN result;
    """)

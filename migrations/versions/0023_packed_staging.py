"""Stage many records in one row: a row each cost a night more than all else in Postgres."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # It is packed already, so Postgres must not try.
    op.execute("""
        ALTER TABLE import_line
            ADD COLUMN records bytea,
            ALTER COLUMN records SET STORAGE EXTERNAL,
            ALTER COLUMN record DROP NOT NULL,
            ADD CONSTRAINT ck_import_line_one_form CHECK (num_nonnulls(record, records) = 1);
        COMMENT ON COLUMN import_line.record IS
            'one record of the roster document, as the release before this one staged it';
        COMMENT ON COLUMN import_line.records IS
            'records of the roster document from this position on, a line each, as zstd';
    """)


def downgrade() -> None:
    # A run that lost what it staged reads its source again, or its file's plan is refused.
    op.execute("""
        DELETE FROM import_line WHERE record IS NULL;
        ALTER TABLE import_line DROP COLUMN records, ALTER COLUMN record SET NOT NULL;
        COMMENT ON COLUMN import_line.record IS 'one record of the roster document';
    """)

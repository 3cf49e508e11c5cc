"""What an import of Somtoday was made from, so that the next one may find it unchanged."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE import_run ADD COLUMN source_content text, ADD COLUMN source_ground text;
        COMMENT ON COLUMN import_run.source_content
            IS 'digest of the roster document that was read, as its trailer tells it';
        COMMENT ON COLUMN import_run.source_ground
            IS 'digest of what the plan follows from besides document and roster';
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE import_run DROP COLUMN source_content, DROP COLUMN source_ground")

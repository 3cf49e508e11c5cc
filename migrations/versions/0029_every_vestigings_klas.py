"""A klas is told by its vestiging too: every vestiging may have its 1A.

A plan that waits knows of its classes by name only, and so do its brakes; they stay as they are.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE import_change ADD COLUMN klas_vestiging text;
        COMMENT ON COLUMN import_change.klas_vestiging
            IS 'vestiging of that klas, or else of who is in it: every vestiging may have its 1A';
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE import_change DROP COLUMN klas_vestiging")

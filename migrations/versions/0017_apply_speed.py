"""Room beside each change of a plan for what becomes of it."""

from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Applying a plan notes an outcome at every one of its changes, in one transaction. With half
    # of each page free the new version of a row stays on its page, and no index is touched
    # (PostgreSQL manual, 66.7 Heap-Only Tuples). Holds for pages that are written from now on.
    op.execute("ALTER TABLE import_change SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE import_change RESET (fillfactor)")

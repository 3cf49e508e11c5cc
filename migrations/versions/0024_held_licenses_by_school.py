"""Licenses: a pupil's license is looked for by school too, so that no plan reads all licenses."""

from alembic import op

from migrations.license_starts import HELD, HELD_BEFORE_0024, facts_function

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(facts_function(HELD))


def downgrade() -> None:
    op.execute(facts_function(HELD_BEFORE_0024))

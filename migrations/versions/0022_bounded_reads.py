"""Indexes that bound a page by the page: row-level security lets no other column choose one.

A page of memberships walked the rows of all schools, a person's timeline all starts of a school,
and a report of licenses all starts of the year. An index on an array serves nobody who is under
row-level security: its operators are not leakproof (PostgreSQL manual, 5.9), so every look only
paid for the one on audit_entry.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE INDEX ix_membership_school_id_id ON membership (school_id, id);
        DROP INDEX ix_membership_school_id;
        CREATE INDEX ix_license_use_school_id_person_id ON license_use (school_id, person_id);
        CREATE INDEX ix_license_use_first ON license_use (school_id) WHERE license_used_now;
        DROP INDEX ix_license_use_school_id_started_at;
        CREATE INDEX ix_audit_entry_for_good ON audit_entry (school_id, id)
            WHERE action IN ('erase', 'merge');
        DROP INDEX ix_audit_entry_person_ids;
    """)


def downgrade() -> None:
    op.execute("""
        CREATE INDEX ix_audit_entry_person_ids ON audit_entry USING gin (person_ids);
        DROP INDEX ix_audit_entry_for_good;
        CREATE INDEX ix_license_use_school_id_started_at ON license_use (school_id, started_at);
        DROP INDEX ix_license_use_first;
        DROP INDEX ix_license_use_school_id_person_id;
        CREATE INDEX ix_membership_school_id ON membership (school_id);
        DROP INDEX ix_membership_school_id_id;
    """)

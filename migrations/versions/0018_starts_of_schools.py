"""Licenses: starts of many schools in one statement, so that they share one write to disk."""

from alembic import op

from migrations import license_start, license_starts
from migrations.access import role_of

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# All that a start reads or writes of a school.
_TABLES = (
    *("license_pool", "license", "license_entry", "license_answer", "license_use"),
    *("license_merge", "person"),
)
_OF_A_SCHOOL = "start_license_uses(uuid, text, jsonb)"
_OF_SCHOOLS = "start_license_uses(jsonb, boolean)"


def upgrade() -> None:
    role = role_of("licensing")
    # Looked up once a statement, not for every row.
    named = "(SELECT string_to_array(current_setting('app.school_ids', true), ',')::uuid[])"
    own = f"school_id = ANY ({named}::uuid[])"
    for table in _TABLES:
        op.execute(
            f"CREATE POLICY schools_of_starts ON {table} TO {role} USING ({own}) WITH CHECK ({own})"
        )
    _drop_functions_of_a_school()
    op.execute(license_starts.START_FUNCTIONS)
    op.execute(license_starts.START_FUNCTION_OF_THE_RELEASE_BEFORE)
    _let_licensing_call(_OF_A_SCHOOL)
    _let_licensing_call(_OF_SCHOOLS)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_OF_SCHOOLS}")
    _drop_functions_of_a_school()
    op.execute(license_start.START_FUNCTIONS)
    _let_licensing_call(_OF_A_SCHOOL)
    for table in _TABLES:
        op.execute(f"DROP POLICY schools_of_starts ON {table}")


def _drop_functions_of_a_school() -> None:
    op.execute(f"""
        DROP FUNCTION {_OF_A_SCHOOL};
        DROP FUNCTION license_start_facts;
        DROP TYPE license_start_fact;
    """)


def _let_licensing_call(function: str) -> None:
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role_of('licensing')}")

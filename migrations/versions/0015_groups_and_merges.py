"""Decisions on groups too, keys that move within a plan, and two people who are one."""

from alembic import op

from migrations.access import grant, role_of

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ACTIONS = "'look', 'export', 'change', 'erase', 'resolve'"
_VIEW = """
    CREATE OR REPLACE VIEW license_person WITH (security_invoker = true) AS
        SELECT p.id, p.school_id, p.role, {state} AS state FROM person p
"""


def upgrade() -> None:
    _decisions()
    op.execute("""
        ALTER TABLE import_change ADD COLUMN key_moves jsonb;
        COMMENT ON COLUMN import_change.key_moves
            IS 'of each key that changes hands: whose it was (an id) and how it moves';
    """)
    _merges()


def _decisions() -> None:
    op.execute("""
        ALTER TABLE match_decision
            ADD COLUMN group_id uuid
                CONSTRAINT fk_match_decision_group_id
                REFERENCES roster_group (id) ON DELETE CASCADE,
            DROP CONSTRAINT ck_match_decision_person_fits,
            ADD CONSTRAINT ck_match_decision_subject_fits CHECK (
                num_nonnulls(person_id, group_id) <= 1
                AND (verdict <> 'same' OR num_nonnulls(person_id, group_id) = 1)
                AND (verdict <> 'leave' OR num_nonnulls(person_id, group_id) = 0));
        COMMENT ON COLUMN match_decision.group_id
            IS 'which group it is; of a new one, which was made since';
        CREATE INDEX ix_match_decision_group_id ON match_decision (group_id);
    """)


def _merges() -> None:
    op.execute(f"""
        ALTER TABLE person
            ADD COLUMN merged_into uuid
                CONSTRAINT fk_person_merged_into REFERENCES person (id) ON DELETE RESTRICT,
            ADD CONSTRAINT ck_person_merged_is_over
                CHECK (merged_into IS NULL OR (state <> 'active' AND merged_into <> id));
        COMMENT ON COLUMN person.merged_into
            IS 'who this person turned out to be; their keys lead there';
        CREATE INDEX ix_person_merged_into ON person (merged_into)
            WHERE merged_into IS NOT NULL;
        ALTER TABLE audit_entry DROP CONSTRAINT ck_audit_entry_action_known,
            ADD CONSTRAINT ck_audit_entry_action_known CHECK (action IN ({_ACTIONS}, 'merge'));
    """)
    # Who was merged is as much there as who they are: a start that was kept counts for one pupil.
    state = (
        "CASE WHEN p.merged_into IS NULL THEN p.state "
        "ELSE (SELECT s.state FROM person s WHERE s.id = p.merged_into) END"
    )
    grant("licensing", "SELECT (merged_into)", "person")
    op.execute(_VIEW.format(state=state))


def downgrade() -> None:
    op.execute(_VIEW.format(state="p.state"))
    op.execute(f"REVOKE SELECT (merged_into) ON person FROM {role_of('licensing')}")
    op.execute(f"""
        -- Append-only holds for the code, not for taking back what this release wrote.
        UPDATE audit_entry SET action = 'change' WHERE action = 'merge';
        ALTER TABLE audit_entry DROP CONSTRAINT ck_audit_entry_action_known,
            ADD CONSTRAINT ck_audit_entry_action_known CHECK (action IN ({_ACTIONS}));
        DROP INDEX ix_person_merged_into;
        ALTER TABLE person DROP CONSTRAINT ck_person_merged_is_over, DROP COLUMN merged_into;
        ALTER TABLE import_change DROP COLUMN key_moves;
        DELETE FROM match_decision WHERE split_part(source_identity, ':', 1)
            IN ('stamgroep', 'lesgroep');
        DROP INDEX ix_match_decision_group_id;
        ALTER TABLE match_decision DROP CONSTRAINT ck_match_decision_subject_fits,
            DROP COLUMN group_id,
            ADD CONSTRAINT ck_match_decision_person_fits CHECK (
                (verdict = 'same' AND person_id IS NOT NULL) OR verdict = 'new'
                OR (verdict = 'leave' AND person_id IS NULL));
    """)

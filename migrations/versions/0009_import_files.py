"""Files of schools: uploaded first and imported later, grouped in SQL, with every bad row kept."""

from alembic import op

from migrations.access import grant, role_of, school_rows_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("import_upload", "import_upload_piece", "import_row", "import_problem")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE import_upload (
            id uuid NOT NULL,
            school_id uuid NOT NULL,
            uploaded_by text NOT NULL,
            revision bigint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            CONSTRAINT pk_import_upload PRIMARY KEY (id),
            CONSTRAINT fk_import_upload_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE import_upload
            IS 'A file that waits for its columns to be confirmed; gone when imported or expired';
        COMMENT ON COLUMN import_upload.uploaded_by IS 'opaque id of the caller, never a name';
        COMMENT ON COLUMN import_upload.revision IS 'counts the mappings that a caller gave it';
        CREATE INDEX ix_import_upload_school_id ON import_upload (school_id);
        CREATE INDEX ix_import_upload_expires_at ON import_upload (expires_at);

        CREATE TABLE import_upload_piece (
            upload_id uuid NOT NULL,
            school_id uuid NOT NULL,
            position integer NOT NULL,
            content bytea NOT NULL,
            CONSTRAINT pk_import_upload_piece PRIMARY KEY (upload_id, position),
            CONSTRAINT fk_import_upload_piece_upload_id FOREIGN KEY (upload_id)
                REFERENCES import_upload (id) ON DELETE CASCADE,
            CONSTRAINT fk_import_upload_piece_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE import_upload_piece IS
            'Its layout (position 0) and its rows without the columns that Numo must not have';
        COMMENT ON COLUMN import_upload_piece.content IS 'personal data';

        CREATE TABLE import_row (
            run_id uuid NOT NULL,
            school_id uuid NOT NULL,
            ref text NOT NULL,
            line bigint NOT NULL,
            record text NOT NULL,
            CONSTRAINT pk_import_row PRIMARY KEY (run_id, ref, line),
            CONSTRAINT fk_import_row_run_id FOREIGN KEY (run_id)
                REFERENCES import_run (id) ON DELETE CASCADE,
            CONSTRAINT fk_import_row_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE import_row IS
            'Rows of a file in the order of who they are about; removed when they are staged';
        COMMENT ON COLUMN import_row.ref IS 'personal data: what makes two rows one person';
        COMMENT ON COLUMN import_row.record IS 'personal data';

        CREATE TABLE import_problem (
            run_id uuid NOT NULL,
            school_id uuid NOT NULL,
            position bigint NOT NULL,
            code text NOT NULL,
            detail text NOT NULL,
            place text NOT NULL,
            line bigint,
            column_number integer,
            column_title text,
            field text,
            value text,
            CONSTRAINT pk_import_problem PRIMARY KEY (run_id, position),
            CONSTRAINT fk_import_problem_run_id FOREIGN KEY (run_id)
                REFERENCES import_run (id) ON DELETE CASCADE,
            CONSTRAINT fk_import_problem_school_id FOREIGN KEY (school_id)
                REFERENCES school (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE import_problem IS
            'What of a source could not be read; kept for some weeks so that it can be mended';
        COMMENT ON COLUMN import_problem.column_number IS 'from 1; null when the row is meant';
        COMMENT ON COLUMN import_problem.value IS 'personal data: the cell as the file has it';

        ALTER TABLE import_run ADD COLUMN problems_until timestamptz;
        COMMENT ON COLUMN import_run.problems_until
            IS 'until when its rows of import_problem are kept; null when there are none';
        CREATE INDEX ix_import_run_problems_until ON import_run (problems_until)
            WHERE problems_until IS NOT NULL;
    """)
    for table in TABLES:
        school_rows_only(table)
        grant("importer", "SELECT, INSERT, UPDATE, DELETE", table)
    # Like import_run: what is past its time must be found without knowing its school, and this
    # table holds no personal data. The pieces go with it by their foreign key.
    sweeping = "current_setting('app.sweep', true) = 'on'"
    op.execute(
        f"CREATE POLICY sweep ON import_upload TO {role_of('importer')} "
        f"USING ({sweeping}) WITH CHECK ({sweeping})"
    )


def downgrade() -> None:
    op.execute("""
        DROP INDEX ix_import_run_problems_until;
        ALTER TABLE import_run DROP COLUMN problems_until;
    """)
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")

"""Tables of files that schools upload, and of what in them could not be read."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from shared.tables import id_column, metadata, moment_column, school_column


def _owned_by(table: str, column: str) -> Column:  # type: ignore[type-arg]
    # CASCADE: none of these rows means anything without what they belong to.
    return Column(column, Uuid, ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


import_upload = Table(
    "import_upload",
    metadata,
    id_column(),
    school_column(),
    Column("uploaded_by", Text, nullable=False, comment="opaque id of the caller, never a name"),
    Column(
        "revision",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="counts the mappings that a caller gave it",
    ),
    moment_column("created_at", now=True),
    moment_column("expires_at"),
    Index("ix_import_upload_school_id", "school_id"),
    Index("ix_import_upload_expires_at", "expires_at"),
    comment="A file that waits for its columns to be confirmed; gone when imported or expired",
)

import_upload_piece = Table(
    "import_upload_piece",
    metadata,
    _owned_by("import_upload", "upload_id"),
    school_column(),
    Column("position", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="personal data"),
    PrimaryKeyConstraint("upload_id", "position"),
    comment="Its layout (position 0) and its rows without the columns that Numo must not have",
)

import_row = Table(
    "import_row",
    metadata,
    _owned_by("import_run", "run_id"),
    school_column(),
    Column("ref", Text, nullable=False, comment="personal data: what makes two rows one person"),
    Column("line", BigInteger, nullable=False),
    Column("record", Text, nullable=False, comment="personal data"),
    PrimaryKeyConstraint("run_id", "ref", "line"),
    comment="Rows of a file in the order of who they are about; removed when they are staged",
)

import_problem = Table(
    "import_problem",
    metadata,
    _owned_by("import_run", "run_id"),
    school_column(),
    Column("position", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("line", BigInteger),
    Column("column_number", Integer, comment="from 1; null when the row is meant"),
    Column("column_title", Text),
    Column("field", Text),
    Column("value", Text, comment="personal data: the cell as the file has it"),
    Column(
        "person_ids",
        ARRAY(Uuid),
        nullable=False,
        server_default=text("'{}'"),
        comment="who of Numo a question is about, for who looked at them",
    ),
    PrimaryKeyConstraint("run_id", "position"),
    comment="What of a source could not be read; kept for some weeks so that it can be mended",
)

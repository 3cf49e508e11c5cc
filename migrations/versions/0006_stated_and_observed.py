"""What was stated of a koppeling's doelgroep and datavelden, and what was observed of it."""

from alembic import op

from migrations.access import grant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATED = {
    "stated_vestigingen": ("text[]", "vestigingscodes (BRIN6) of the doelgroep; null is all"),
    "stated_onderwijssoorten": ("text[]", "onderwijssoorten of the doelgroep; null is all"),
    "stated_leerjaren": ("smallint[]", "leerjaren of the doelgroep; null is all"),
    "stated_vakken": ("text[]", "vakken of the doelgroep; null is all"),
    "stated_datavelden": ("text[]", "optional datavelden agreed upon; null is all of the product"),
    "chosen_organisation_id": ("uuid", "what ops chose among several that Somtoday lists"),
}


def upgrade() -> None:
    for name, (kind, comment) in _STATED.items():
        op.execute(f"ALTER TABLE koppeling ADD COLUMN {name} {kind}")
        op.execute(f"COMMENT ON COLUMN koppeling.{name} IS '{comment}'")
    _observation()
    _observed()
    for table in ("observation", "observed_dataveld", "observed_trait"):
        grant("connector", "SELECT, INSERT, UPDATE", table)


def _observation() -> None:
    op.execute("""
        CREATE TABLE observation (
            koppeling_id uuid NOT NULL,
            last_refused_at timestamptz,
            last_roster_at timestamptz,
            candidates jsonb NOT NULL DEFAULT '[]',
            CONSTRAINT pk_observation PRIMARY KEY (koppeling_id),
            CONSTRAINT fk_observation_koppeling_id
                FOREIGN KEY (koppeling_id) REFERENCES koppeling (id) ON DELETE RESTRICT
        );
        COMMENT ON TABLE observation IS
            'what Somtoday was seen to show of a koppeling as a whole, apart from what was stated';
        COMMENT ON COLUMN observation.candidates
            IS 'the organisations it may be, while that is not clear';
    """)


def _observed() -> None:
    op.execute("""
        CREATE TABLE observed_dataveld (
            koppeling_id uuid NOT NULL,
            somtoday_id uuid NOT NULL,
            role text NOT NULL,
            dataveld text NOT NULL,
            permitted boolean NOT NULL,
            first_seen_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            CONSTRAINT pk_observed_dataveld
                PRIMARY KEY (koppeling_id, somtoday_id, role, dataveld),
            CONSTRAINT fk_observed_dataveld_koppeling_id
                FOREIGN KEY (koppeling_id) REFERENCES koppeling (id) ON DELETE RESTRICT,
            CONSTRAINT ck_observed_dataveld_role_exists CHECK (role IN ('pupil', 'employee')),
            CONSTRAINT ck_observed_dataveld_seen_in_order
                CHECK (first_seen_at <= changed_at AND changed_at <= last_seen_at)
        );
        COMMENT ON TABLE observed_dataveld
            IS 'whether a dataveld may be read of a role in a vestiging, and since when';
        COMMENT ON COLUMN observed_dataveld.somtoday_id IS 'Somtoday''s id of the vestiging';
        CREATE TABLE observed_trait (
            koppeling_id uuid NOT NULL,
            somtoday_id uuid NOT NULL,
            trait text NOT NULL,
            word text NOT NULL,
            first_seen_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            CONSTRAINT pk_observed_trait PRIMARY KEY (koppeling_id, somtoday_id, trait, word),
            CONSTRAINT fk_observed_trait_koppeling_id
                FOREIGN KEY (koppeling_id) REFERENCES koppeling (id) ON DELETE RESTRICT,
            CONSTRAINT ck_observed_trait_trait_exists
                CHECK (trait IN ('onderwijssoort', 'leerjaar', 'vak')),
            CONSTRAINT ck_observed_trait_seen_in_order CHECK (first_seen_at <= last_seen_at)
        );
        COMMENT ON TABLE observed_trait IS
            'the onderwijssoorten, leerjaren and vakken that appeared in rosters; of nobody';
        COMMENT ON COLUMN observed_trait.somtoday_id IS 'Somtoday''s id of the vestiging';
    """)


def downgrade() -> None:
    for table in ("observed_trait", "observed_dataveld", "observation"):
        op.execute(f"DROP TABLE {table}")
    for name in _STATED:
        op.execute(f"ALTER TABLE koppeling DROP COLUMN {name}")

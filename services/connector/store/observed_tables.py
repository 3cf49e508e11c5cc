"""The tables of what Somtoday was seen to show, besides `vestiging`."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.connector.domain.observation import Trait
from shared.roster.document import PersonRole
from shared.tables import metadata, moment_column

_ROLES = ", ".join(f"'{role}'" for role in PersonRole)
_TRAITS = ", ".join(f"'{trait}'" for trait in Trait)


def _koppeling_column() -> Column:  # type: ignore[type-arg]
    target = ForeignKey("koppeling.id", ondelete="RESTRICT")
    return Column("koppeling_id", Uuid, target, primary_key=True)


observation = Table(
    "observation",
    metadata,
    _koppeling_column(),
    moment_column("last_refused_at", nullable=True),
    moment_column("last_roster_at", nullable=True),
    Column(
        "candidates",
        JSONB,
        nullable=False,
        server_default=text("'[]'"),
        comment="the organisations it may be, while that is not clear",
    ),
    comment="what Somtoday was seen to show of a koppeling as a whole, apart from what was stated",
)

observed_dataveld = Table(
    "observed_dataveld",
    metadata,
    _koppeling_column(),
    Column("somtoday_id", Uuid, primary_key=True, comment="Somtoday's id of the vestiging"),
    Column("role", Text, primary_key=True),
    Column("dataveld", Text, primary_key=True),
    Column("permitted", Boolean, nullable=False),
    moment_column("first_seen_at"),
    moment_column("changed_at"),
    moment_column("last_seen_at"),
    CheckConstraint(f"role IN ({_ROLES})", name="role_exists"),
    CheckConstraint(
        "first_seen_at <= changed_at AND changed_at <= last_seen_at", name="seen_in_order"
    ),
    comment="whether a dataveld may be read of a role in a vestiging, and since when",
)

observed_trait = Table(
    "observed_trait",
    metadata,
    _koppeling_column(),
    Column("somtoday_id", Uuid, primary_key=True, comment="Somtoday's id of the vestiging"),
    Column("trait", Text, primary_key=True),
    Column("word", Text, primary_key=True),
    moment_column("first_seen_at"),
    moment_column("last_seen_at"),
    CheckConstraint(f"trait IN ({_TRAITS})", name="trait_exists"),
    CheckConstraint("first_seen_at <= last_seen_at", name="seen_in_order"),
    comment="the onderwijssoorten, leerjaren and vakken that appeared in rosters; of nobody",
)

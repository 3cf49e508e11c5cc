"""How Postgres would carry out a statement of a store, when only an index may help it."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

# A small table is scanned and sorted whatever indexes it has: what is left is what they can do.
_BY_INDEX = text("""
    SELECT set_config(name, 'off', true) FROM unnest(ARRAY[
        'enable_seqscan', 'enable_sort', 'enable_bitmapscan', 'enable_hashjoin']) name
""")


@dataclass
class Explaining:
    """Stands where a connection stands, and keeps the plan of each statement."""

    connection: AsyncConnection
    plans: list[str] = field(default_factory=list)

    async def execute(self, statement: Any, facts: dict[str, Any] | None = None) -> Any:
        await self.connection.execute(_BY_INDEX)
        if isinstance(statement, TextClause):
            explained = text(f"EXPLAIN {statement.text}")
        else:
            literal = {"literal_binds": True}
            dialect = postgresql.dialect()
            explained = text(
                f"EXPLAIN {statement.compile(dialect=dialect, compile_kwargs=literal)}"
            )
        found = await self.connection.execute(explained, facts)
        rows = [row[0] for row in found]
        self.plans.append("\n".join(rows))
        return await self.connection.execute(text("SELECT WHERE false"))

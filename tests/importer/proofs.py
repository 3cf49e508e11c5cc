"""A school's nights of proof, each on a day of its own."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.importer.application.prove_rosters import prove_roster
from shared.clock import today
from shared.database import Database
from tests.importer.desk import Desk, Json

PROOFS = "/v1/reconciliations"
LATEST = f"{PROOFS}/latest"
DAY = today()


class Night:
    """One school's nights, each on a day of its own."""

    def __init__(self, desk: Desk, database: Database, owner: Database) -> None:
        self.desk, self.database, self.owner, self._days = desk, database, owner, 0

    async def proof(self) -> Json:
        self._days += 1
        day = DAY + timedelta(days=self._days)
        await prove_roster(self.database, self.desk.school_id, day)
        answer = await self.desk.client.get(PROOFS, params={"limit": 1})
        found: Json = answer.json()["items"][0]
        assert found["day"] == str(day)
        return found

    async def differences(self, **query: str) -> list[Json]:
        answer = await self.desk.client.get(f"{LATEST}/differences", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def tamper(self, statement: str, **facts: Any) -> None:
        async with self.database.transaction(self.desk.school_id) as connection:
            await connection.execute(text(statement), facts)

    async def delete(self, statement: str) -> None:
        async with self.owner.transaction(self.desk.school_id) as connection:
            await connection.execute(text(statement))

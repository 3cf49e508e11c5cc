"""Any sequence of grants, starts, releases, merges and leavers does what plain Python does."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pydantic import SecretStr

from services.licensing.application.grant_licenses import WantedGrant, grant_licenses
from services.licensing.application.licenses import merge_persons, release_license
from services.licensing.application.set_overdraft import set_overdraft
from services.licensing.application.start_use import start_uses
from services.licensing.domain.start import (
    ActivityKind,
    Caller,
    KeyedStart,
    Start,
    UseRecord,
    rounds,
)
from shared.auth.acting import Acting
from shared.auth.principal import ApiCaller
from shared.clock import Schooljaar, now
from shared.database import Database
from shared.errors.refusal import Refusal
from shared.ids import new_id
from tests.fixtures.servers import LocalUrls
from tests.licensing.model import Answer, Model

NAMES = ("an", "bo", "cy", "di")
names, keys, activities = (st.sampled_from(one) for one in (NAMES, "kl", "xy"))
_SETUP = """
    INSERT INTO product VALUES ('numo', 'Numo', 'id', 'x', '{}', '{}') ON CONFLICT DO NOTHING;
    INSERT INTO license_product VALUES ('model', 'Model', 'numo', NULL) ON CONFLICT DO NOTHING;
"""


class Licensing(RuleBasedStateMachine):
    """One school of four pupils, here and in the model."""

    urls: LocalUrls

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        url = self.urls.licensing.replace("postgresql://", "postgresql+psycopg://")
        self.database = Database(SecretStr(url), 2)
        self.owner = psycopg.connect(self.urls.owner, autocommit=True)
        self.owner.execute(_SETUP)
        self.school = self._new_school()
        self.moment = now()
        self.people = {name: new_id() for name in NAMES}
        for person in self.people.values():
            statement = "INSERT INTO person (id, school_id, role) VALUES (%s, %s, 'pupil')"
            self.owner.execute(statement, (person, self.school))
        key = ApiCaller(new_id(), "model", frozenset({"ops"}), None)
        self.acting = Acting(self.school, key.audit_name, key)
        self.model = Model(set(NAMES))
        self.licenses: dict[int, UUID] = {}
        self.grant(2)

    def _new_school(self) -> UUID:
        while True:
            made = new_id()
            digits, letters = divmod(made.int % 67_600, 676)
            brin = f"{digits:02d}{chr(65 + letters // 26)}{chr(65 + letters % 26)}"
            row = self.owner.execute(
                "INSERT INTO school (id, brin, name) VALUES (%s, %s, 'x') "
                "ON CONFLICT DO NOTHING RETURNING id",
                (made, brin),
            ).fetchone()
            if row is not None:
                return made

    def teardown(self) -> None:
        self._run(self.database.close())
        self.owner.close()
        self.loop.close()

    def _run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run(doing)

    def _succeeds(self, doing: Coroutine[Any, Any, Any]) -> bool:
        try:
            self._run(doing)
        except Refusal:
            return False
        return True

    def _keyed(self, name: str, key: str, activity: str) -> KeyedStart:
        kind = ActivityKind.OEFENING
        start = Start(self.people[name], "model", kind, activity, self.moment)
        return KeyedStart(start, key, Caller(self.school))

    def _agrees(self, record: UseRecord, expected: Answer | str) -> None:
        if isinstance(expected, str):
            assert record.outcome == expected
            return
        assert record.license_id is not None
        said = (record.license_used_now, record.licenses_left)
        assert said == (expected.used_now, expected.left)
        assert self.licenses.setdefault(expected.license, record.license_id) == record.license_id

    @rule(amount=st.integers(-2, 2).filter(bool))
    def grant(self, amount: int) -> None:
        year = Schooljaar.of(self.moment)
        wanted = WantedGrant(self.school, "model", year, amount, "order")
        doing = grant_licenses(
            self.database,
            wanted,
            caller="model",
            idempotency_key=str(new_id()),
            only_product=None,
        )
        assert self._succeeds(doing) == self.model.grant(amount)

    @rule(limit=st.integers(0, 2))
    def allow_overdraft(self, limit: int) -> None:
        doing = set_overdraft(self.database, self.acting, self._pool()[0], limit)
        assert self._succeeds(doing) == self.model.allow(limit)

    @rule(
        starts=st.lists(st.tuples(names, keys, activities), min_size=1, max_size=6),
        waits=st.booleans(),
    )
    def start(self, starts: list[tuple[str, str, str]], *, waits: bool) -> None:
        keyed = [self._keyed(*one) for one in starts]
        # In rounds: of one key the first start goes first, its others after all the rest.
        records = self._run(start_uses(self.database, keyed, waits=waits))
        seen: dict[KeyedStart, Answer | str] = {}
        for places in rounds(keyed):
            seen |= {keyed[place]: self.model.start(*starts[place]) for place in places}
        for one, record in zip(keyed, records, strict=True):
            self._agrees(record, seen[one])

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.licenses:
            number = data.draw(st.sampled_from(sorted(self.licenses)))
            doing = release_license(self.database, self.acting, self.licenses[number], "weg")
            assert self._succeeds(doing) == self.model.release(number)

    @rule(gone=names, stays=names)
    def merge(self, gone: str, stays: str) -> None:
        doing = merge_persons(
            *(self.database, self.acting.school_id, self.acting.caller),
            *(self.people[gone], self.people[stays]),
        )
        assert self._run(doing) == self.people[self.model.merge(gone, stays)]

    @rule(name=names)
    def leave_or_return(self, name: str) -> None:
        self.model.active ^= {name}
        state = "active" if name in self.model.active else "archived"
        self.owner.execute(
            "UPDATE person SET state = %s, archived_at = CASE WHEN %s = 'archived' "
            "THEN now() END WHERE id = %s",
            (state, state, self.people[name]),
        )

    def _pool(self) -> tuple[Any, ...]:
        row = self.owner.execute(
            "SELECT id, granted, used, overdraft FROM license_pool WHERE school_id = %s",
            (self.school,),
        ).fetchone()
        assert row is not None
        return row

    @invariant()
    def the_books_are_the_models(self) -> None:
        _, granted, used, overdraft = self._pool()
        assert (granted, used) == (self.model.granted, len(self.model.held))
        assert used <= granted + overdraft
        sums = self.owner.execute(
            "SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER "
            "(WHERE account = 'available'), 0) FROM license_posting WHERE school_id = %s",
            (self.school,),
        ).fetchone()
        assert sums == (0, granted - used)


def test_any_sequence_does_what_plain_python_does(urls: LocalUrls) -> None:
    Licensing.urls = urls
    limits = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Licensing, settings=limits)

"""A whole school as roster records, page by page: groups first, then the people in them."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.connector.domain.datavelden import STRUCTURE, Dataveld
from services.connector.somtoday import translate, wire
from services.connector.somtoday.access import Access
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import StructureNotPermittedError
from services.connector.somtoday.pages import (
    LEERLINGEN,
    LESGROEPEN,
    MEDEWERKERS,
    STAMGROEPEN,
    Listing,
)
from services.connector.somtoday.rights import Rights
from services.connector.somtoday.roll import Met, Roll
from services.connector.somtoday.rows import (
    Unreadable,
    not_readable,
    unlisted,
    with_gaps,
    without_groups,
    without_uuid,
)
from services.connector.somtoday.translate import Site
from services.connector.somtoday.wire import RowOf
from shared.roster.document import (
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
    Record,
)

Batch = list[Record]


@dataclass(frozen=True)
class Wish:
    """What to fetch: these vestigingen, these datavelden, as of a day in the Netherlands."""

    access: Access
    sites: Sequence[Site]
    datavelden: Collection[Dataveld]
    day: date


async def roster_records(client: SomtodayClient, wish: Wish) -> AsyncIterator[Batch]:
    """Every record but header and trailer, a batch per page.

    Raises:
        SomtodayError: the school cannot be read to its end.

    """
    walk = _Walk(client, wish)
    for step in (walk.stamgroepen, walk.lesgroepen, walk.leerlingen, walk.medewerkers):
        for number, site in enumerate(wish.sites):
            async for batch in step(number, site):
                yield batch
    yield walk.unlisted()


class _Walk:
    def __init__(self, client: SomtodayClient, wish: Wish) -> None:
        self._client = client
        self._wish = wish
        self._sites = {site.uuid: site for site in wish.sites}
        self._roll = Roll(len(wish.sites))

    async def stamgroepen(self, number: int, site: Site) -> AsyncIterator[Batch]:
        async for batch, rows, rights in self._read(site, STAMGROEPEN):
            for _, row in rows:
                record = translate.stamgroep(row, rights, site)
                self._name(row.leerlingen)
                mentors = [m.medewerker_uuid for m in row.mentoren or () if m.medewerker_uuid]
                if self._roll.group(record.ref, number, mentors, MemberRole.MENTOR):
                    batch.append(record)
            yield batch

    async def lesgroepen(self, number: int, site: Site) -> AsyncIterator[Batch]:
        async for batch, rows, rights in self._read(site, LESGROEPEN):
            for _, row in rows:
                record = translate.lesgroep(row, rights, site)
                self._name(row.leerlingen)
                if self._roll.group(record.ref, number, row.docenten or (), MemberRole.TEACHER):
                    batch.append(record)
            yield batch

    async def leerlingen(self, number: int, site: Site) -> AsyncIterator[Batch]:
        wanted = self._wish.datavelden
        async for batch, rows, rights in self._read(site, LEERLINGEN):
            if not _shows_groups(rights):
                raise StructureNotPermittedError(site.name)
            for place, row in rows:
                if row.lesgroepen is None or row.plaatsingen is None:
                    batch.append(without_groups(row.uuid or "", place))
                    self._roll.account_for(row.uuid or "")
                    continue
                record = translate.pupil(row, rights, site, wanted, day=self._wish.day)
                batch.extend(self._whole(record, place, self._pupil(number, row, record)))
            yield batch

    async def medewerkers(self, number: int, site: Site) -> AsyncIterator[Batch]:
        wanted = self._wish.datavelden
        async for batch, rows, rights in self._read(site, MEDEWERKERS):
            for place, row in rows:
                record = translate.employee(row, rights, site, wanted, sites=self._sites)
                batch.extend(self._whole(record, place, self._employee(number, row, record)))
            yield batch

    def unlisted(self) -> Batch:
        """The proof that no page lost a pupil, or the report of whom it lost."""
        return [unlisted(uuid) for uuid in self._roll.unmet()]

    def _name(self, pupils: Iterable[Mapping[str, Any]] | None) -> None:
        for ref in pupils or ():
            uuid, site = ref.get("uuid"), ref.get("vestiging")
            known = site is None or (isinstance(site, dict) and site.get("uuid") in self._sites)
            if isinstance(uuid, str) and known:
                self._roll.name(uuid)

    def _whole(self, record: PersonRecord, place: str, said: Batch) -> Batch:
        """What a row says, with the report of what it should have said and did not."""
        lacking = translate.gaps(record)
        if not lacking or record not in said[:1]:
            return said
        return [with_gaps(lacking, place), translate.filled(record), *said[1:]]

    def _pupil(self, number: int, row: wire.Leerling, record: PersonRecord) -> Batch:
        met = self._roll.meet(record.ref, number)
        if met is Met.REPEATED:
            return []
        placed = translate.current_plaatsing(row, self._wish.day)
        groups = [ref.uuid for ref in row.lesgroepen or () if ref.uuid]
        if placed and placed.stamgroep and placed.stamgroep.uuid:
            groups.append(placed.stamgroep.uuid)
        members: list[MembershipRecord] = self._roll.pupil_in(record.ref, groups, number)
        return [record, *members] if met is Met.NEW else [*members]

    def _employee(self, number: int, row: wire.Medewerker, record: PersonRecord) -> Batch:
        met = self._roll.meet(record.ref, number)
        if met is Met.REPEATED:
            return []
        teaches = [ref.uuid for ref in row.lesgroepen or () if ref.uuid]
        members = self._roll.employee_in(record.ref, teaches)
        return [record, *members] if met is Met.NEW else [*members]

    async def _read(
        self, site: Site, collection: Listing[RowOf]
    ) -> AsyncIterator[tuple[Batch, list[tuple[str, RowOf]], Rights]]:
        rights, kind = Rights(None), collection.kind
        async for page in self._client.pages(self._wish.access, site.uuid, collection):
            # Somtoday was asked for them once; they hold for the whole collection.
            rights = page.rights if page.offset == 0 else rights
            batch: Batch = []
            rows: list[tuple[str, RowOf]] = []
            for index, row in enumerate(page.rows, page.offset):
                place = f"{kind.word} {index} ({site.code or site.uuid})"
                if isinstance(row, Unreadable):
                    report = not_readable(row, kind, place)
                    batch.append(report)
                    self._roll.account_for(report.key or "")
                elif row.uuid:
                    rows.append((place, row))
                else:
                    batch.append(without_uuid(kind, place))
            yield batch, rows, rights


def _shows_groups(rights: Rights) -> bool:
    # Said expressly, as at a verification: a pupil without groups must be one who has none.
    placed = rights.nested("plaatsingVeldpermissies")
    return rights.datavelden(PersonRole.PUPIL) >= STRUCTURE and placed.allows(
        "stamgroep", present=True
    )

"""A whole school as roster records, page by page: groups first, then the people in them."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.connector.domain.datavelden import STRUCTURE, Dataveld
from services.connector.domain.doelgroep import EVERYBODY, Doelgroep
from services.connector.domain.observation import Appeared
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
from services.connector.somtoday.rights import Rights, tells_groups_apart, tells_pupils_apart
from services.connector.somtoday.roll import Roll
from services.connector.somtoday.rows import unlisted, with_gaps, without_groups
from services.connector.somtoday.seen import Seen
from services.connector.somtoday.translate import Site
from services.connector.somtoday.whole_list import WholeList
from services.connector.somtoday.wire import RowOf
from shared.roster.document import (
    GroupKind,
    GroupRecord,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
    Record,
)

Batch = list[Record]


@dataclass(frozen=True)
class Wish:
    """What to fetch: these vestigingen, these datavelden, as of a day in the Netherlands.

    Of what comes only the `doelgroep` is passed on; `appeared` notes what it came with, `seen`
    what it was made from.
    """

    access: Access
    sites: Sequence[Site]
    datavelden: Collection[Dataveld]
    day: date
    doelgroep: Doelgroep = EVERYBODY
    appeared: Appeared = field(default_factory=Appeared)
    seen: Seen = field(default_factory=Seen)


async def roster_records(client: SomtodayClient, wish: Wish) -> AsyncIterator[Batch]:
    """Every record but header and trailer, a batch per page.

    Raises:
        SomtodayError: the school cannot be read to its end.

    """
    walk = _Walk(client, wish)
    groups = (walk.stamgroepen, walk.lesgroepen)
    if wish.doelgroep.vakken is not None:
        # Which stamgroepen are inside is told by the pupils of the lesgroepen that are.
        groups = (walk.lesgroepen, walk.stamgroepen)
    for step in (*groups, walk.leerlingen, walk.medewerkers):
        for number, site in enumerate(wish.sites):
            async for batch in step(number, site):
                yield batch
    yield walk.unlisted()


class _Walk:
    def __init__(self, client: SomtodayClient, wish: Wish) -> None:
        self._client = client
        self._wish = wish
        self._sites = {site.uuid: site for site in wish.sites}
        self._inside = wish.doelgroep
        self._roll = Roll(len(wish.sites))
        self._insiders: set[str] = set()

    async def stamgroepen(self, number: int, site: Site) -> AsyncIterator[Batch]:
        async for batch, rows, rights in self._read(site, STAMGROEPEN):
            _insist(site, is_told=tells_groups_apart(rights, self._inside, with_vak=False))
            for _, row in rows:
                record = translate.stamgroep(row, rights, site)
                if not self._admits_group(record, site, row.leerlingen):
                    continue
                mentors = [m.medewerker_uuid for m in row.mentoren or () if m.medewerker_uuid]
                if self._roll.group(record.ref, number, mentors, MemberRole.MENTOR):
                    batch.append(record)
            yield batch

    async def lesgroepen(self, number: int, site: Site) -> AsyncIterator[Batch]:
        async for batch, rows, rights in self._read(site, LESGROEPEN):
            _insist(site, is_told=tells_groups_apart(rights, self._inside, with_vak=True))
            for _, row in rows:
                record = translate.lesgroep(row, rights, site)
                if not self._admits_group(record, site, row.leerlingen):
                    continue
                if self._roll.group(record.ref, number, row.docenten or (), MemberRole.TEACHER):
                    batch.append(record)
            yield batch

    async def leerlingen(self, number: int, site: Site) -> AsyncIterator[Batch]:
        wanted = self._wish.datavelden
        async for batch, rows, rights in self._read(site, LEERLINGEN):
            _insist(site, is_told=_shows_groups(rights))
            _insist(site, is_told=tells_pupils_apart(rights, self._inside))
            for place, row in rows:
                self._wish.seen.plaatsingen(row.plaatsingen or (), self._wish.day)
                if row.lesgroepen is None or row.plaatsingen is None:
                    batch.append(without_groups(row.uuid or "", place))
                    self._roll.account_for(row.uuid or "")
                    continue
                record = translate.pupil(row, rights, site, wanted, day=self._wish.day)
                self._wish.appeared.note(site.uuid, record)
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

    def _admits_group(
        self, record: GroupRecord, site: Site, pupils: Sequence[Mapping[str, Any]] | None
    ) -> bool:
        self._wish.appeared.note(site.uuid, record)
        has_insider = any(ref.get("uuid") in self._insiders for ref in pupils or ())
        admitted = self._inside.admits_group(record, has_insider=has_insider)
        if admitted:
            self._name(pupils)
            if self._inside.vakken is not None and record.group_kind is GroupKind.LESGROEP:
                # Apart from who is named: a stamgroep that is admitted names others too.
                uuids = (ref.get("uuid") for ref in pupils or ())
                self._insiders.update(uuid for uuid in uuids if isinstance(uuid, str))
        return admitted

    def _name(self, pupils: Iterable[Mapping[str, Any]] | None) -> None:
        named = []
        for ref in pupils or ():
            uuid, site = ref.get("uuid"), ref.get("vestiging")
            known = site is None or (isinstance(site, dict) and site.get("uuid") in self._sites)
            if known and isinstance(uuid, str):
                named.append(uuid)
        self._roll.name(named)

    def _whole(self, record: PersonRecord, place: str, said: Batch) -> Batch:
        """What a row says, with the report of what it should have said and did not."""
        lacking = translate.gaps(record)
        if not lacking or record not in said[:1]:
            return said
        return [with_gaps(lacking, place), translate.filled(record), *said[1:]]

    def _pupil(self, number: int, row: wire.Leerling, record: PersonRecord) -> Batch:
        groups = [ref.uuid for ref in row.lesgroepen or () if ref.uuid]
        in_lesgroep = any(map(self._roll.is_group, groups))
        if not self._inside.admits_pupil(record, in_lesgroep=in_lesgroep):
            # Before it counts as met: at another vestiging the same pupil may be inside.
            self._roll.account_for(record.ref)
            return []
        new = self._roll.meet(record.ref, number)
        placed = translate.current_plaatsing(row, self._wish.day)
        if placed and placed.stamgroep and placed.stamgroep.uuid:
            groups.append(placed.stamgroep.uuid)
        members: list[MembershipRecord] = self._roll.pupil_in(record.ref, groups, number)
        return [record, *members] if new else [*members]

    def _employee(self, number: int, row: wire.Medewerker, record: PersonRecord) -> Batch:
        teaches = [ref.uuid for ref in row.lesgroepen or () if ref.uuid]
        leads = self._roll.leads(record.ref) or any(map(self._roll.is_group, teaches))
        if not self._inside.admits_employee(leads=leads):
            return []
        new = self._roll.meet(record.ref, number)
        members = self._roll.employee_in(record.ref, teaches)
        return [record, *members] if new else [*members]

    def _read(
        self, site: Site, collection: Listing[RowOf]
    ) -> AsyncIterator[tuple[Batch, list[tuple[str, RowOf]], Rights]]:
        read = WholeList(self._client, self._wish.access, site, collection)
        return read.pages(self._wish.seen, self._roll.account_for)


def _insist(site: Site, *, is_told: bool) -> None:
    if not is_told:
        raise StructureNotPermittedError(site.name)


def _shows_groups(rights: Rights) -> bool:
    # Said expressly, as at a verification: a pupil without groups must be one who has none.
    placed = rights.nested("plaatsingVeldpermissies")
    return rights.datavelden(PersonRole.PUPIL) >= STRUCTURE and placed.allows(
        "stamgroep", present=True
    )

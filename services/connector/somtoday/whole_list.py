"""One collection of a vestiging read whole, and proven so or reported."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic

from services.connector.somtoday.access import Access
from services.connector.somtoday.client import PAGE_STEP, SomtodayClient
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.looks import MOST_LOOKS, Looks
from services.connector.somtoday.pages import Listing, Page
from services.connector.somtoday.rights import Rights
from services.connector.somtoday.rows import (
    Unreadable,
    not_readable,
    pages_moved,
    without_uuid,
)
from services.connector.somtoday.seen import Seen
from services.connector.somtoday.translate import Site
from services.connector.somtoday.wire import RowOf
from shared.roster.document import Record

Batch = list[Record]
Told = Callable[[str], None]


class WholeList(Generic[RowOf]):
    """Reads a collection, up to `MOST_LOOKS` times where its rows move meanwhile."""

    def __init__(
        self, client: SomtodayClient, access: Access, site: Site, collection: Listing[RowOf]
    ) -> None:
        """Take as whom to read what, and where."""
        self._client = client
        self._access = access
        self._site = site
        self._collection: Listing[RowOf] = collection
        self._kind = collection.kind

    async def pages(
        self, seen: Seen, account_for: Told
    ) -> AsyncIterator[tuple[Batch, list[tuple[str, RowOf]], Rights]]:
        """Of every page what is to be reported, the rows that are new with their place, and rights.

        `seen` notes the pages; `account_for` is told the uuid of a row that cannot be read.

        Raises:
            SomtodayError: a page cannot be had, or the paging does not advance.

        """
        rights, looks = Rights(None), Looks()
        for look in range(MOST_LOOKS):
            looks.begin()
            orders: list[Sequence[object]] = []
            seen.moved = seen.moved or look > 0
            async for page in self._client.pages(self._access, self._site.uuid, self._collection):
                # Somtoday was asked for them once; they hold for the whole collection.
                rights = page.rights if page.offset == 0 else rights
                looks.page(moved=page.moved)
                orders.append(page.order)
                seen.page(self._site.uuid, self._kind, page.fingerprint)
                batch, rows = self._rows(page, looks, account_for)
                yield batch, rows, rights
            if looks.prove_all() and await self._stood_still(orders):
                return
        yield [pages_moved(self._kind, self._site.code or self._site.uuid)], [], rights

    async def _stood_still(self, orders: Sequence[Sequence[object]]) -> bool:
        """Whether each page that others came after still holds the rows that it held.

        Where one row goes from a page that was read while another one comes there from a page that
        was not, all pages follow on each other, and yet the second row was on none of them. Not
        asked of pupils, who are most of a school: whom a group names is missed without it.
        """
        if self._kind is Kind.LEERLING:
            return True
        for number, order in enumerate(orders[:-1]):
            offset = number * PAGE_STEP
            again = await self._client.page(self._access, self._site.uuid, self._collection, offset)
            # The row that it has in common with the page before was taken from it.
            if again.order[min(number, 1) :] != order:
                return False
        return True

    def _rows(
        self, page: Page[RowOf], looks: Looks, account_for: Told
    ) -> tuple[Batch, list[tuple[str, RowOf]]]:
        batch: Batch = []
        rows: list[tuple[str, RowOf]] = []
        for index, row in enumerate(page.rows, page.offset):
            place = f"{self._kind.word} {index} ({self._site.code or self._site.uuid})"
            if isinstance(row, Unreadable):
                report = not_readable(row, self._kind, place)
                if looks.is_new(report.key or place):
                    batch.append(report)
                account_for(report.key or "")
            elif not looks.is_new(row.uuid or place):
                continue
            elif row.uuid:
                rows.append((place, row))
            else:
                batch.append(without_uuid(self._kind, place))
        return batch, rows

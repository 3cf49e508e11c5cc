"""The reads of Somtoday Connect that a roster needs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from services.connector.settings import ConnectorSettings
from services.connector.somtoday import wire
from services.connector.somtoday.access import Access
from services.connector.somtoday.calls import Answer, Body, Call, Caller, read_object
from services.connector.somtoday.errors import AccessRefusedError, SourceUnavailableError
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.oauth import TokenStore
from services.connector.somtoday.pages import Listing, Page
from services.connector.somtoday.rights import Rights
from services.connector.somtoday.rows import Unreadable, read_all
from services.connector.somtoday.wire import RowOf

PAGE_ROWS = 200
# A page begins with the last row of the one before.
PAGE_STEP = PAGE_ROWS - 1
_JSON = {"Accept": "application/json"}


class SomtodayClient:
    """Reads Connect for any product and organisation."""

    def __init__(self, settings: ConnectorSettings, caller: Caller, tokens: TokenStore) -> None:
        """Take what the owner of this object opened."""
        self._base = settings.somtoday_api_url.rstrip("/") + "/connect"
        self._caller = caller
        self._tokens = tokens

    async def instellingen(self, brin: str, naam: str | None = None) -> list[wire.Instelling]:
        """The organisations with a BRIN, and a name if one is given; needs no token.

        Raises:
            SomtodayError: they cannot be had.

        """
        params = [("brin", brin)] + ([("naam", naam)] if naam else [])
        url = f"{self._base}/instelling"
        call = Call("instelling", "GET", url, params, headers=_JSON)
        answer = await self._caller.call(call, read_object)
        return read_all(wire.Instelling, _rows(answer, "instellingen"))

    async def vestigingen(self, access: Access) -> list[wire.Vestiging]:
        """The vestigingen that the school opened for a product, maybe none.

        Raises:
            SomtodayError: they cannot be had, or not all of them can be read.

        """
        answer = await self._get(access, "vestiging", f"{self._base}/vestiging")
        rows = _rows(answer, "vestigingen")
        found = read_all(wire.Vestiging, rows)
        if len(found) < len(rows):
            # A vestiging that is passed over would look like one where everybody left.
            msg = "vestigingen: one of them is not readable"
            raise SourceUnavailableError(msg)
        return found

    async def rights(self, access: Access, vestiging: str, kind: Kind) -> Rights:
        """What may be read of a kind of object in a vestiging; takes one row along at most.

        Raises:
            SomtodayError: it cannot be had.

        """
        params = _params(0, 1, None)
        answer = await self._get(access, kind.wrapper, self._url(vestiging, kind), params)
        _rows(answer, kind.wrapper)
        return Rights(answer.body.get("veldpermissies") if answer.body else None)

    async def pages(
        self,
        access: Access,
        vestiging: str,
        collection: Listing[RowOf],
        peilschooljaar: str | None = None,
    ) -> AsyncIterator[Page[RowOf]]:
        """Every page of a collection until a short or an empty one, as of today unless told.

        Each is asked for from the last row of the one before: where that is not the first, rows
        came or went meanwhile, and the page says so.

        Raises:
            SomtodayError: a page cannot be had, or the paging does not advance.

        """
        offset = 0
        before: Sequence[RowOf | Unreadable] = ()

        def begun() -> asyncio.Task[Page[RowOf]]:
            wanted = self.page(access, vestiging, collection, offset, peilschooljaar)
            return asyncio.create_task(wanted)

        ahead = begun()
        try:
            while True:
                page = await ahead
                if page.rows and page.rows == before:
                    msg = f"{collection.kind.path}: the same page came twice"
                    raise SourceUnavailableError(msg)
                follows = len(page.rows) >= PAGE_ROWS
                offset += PAGE_STEP
                last, before = before[-1:], page.rows
                if follows:
                    # Somtoday makes the next page while this one is worked on.
                    ahead = begun()
                yield page.after(last[0]) if last else page
                if not follows:
                    return
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def page(
        self,
        access: Access,
        vestiging: str,
        collection: Listing[RowOf],
        offset: int,
        peil: str | None = None,
    ) -> Page[RowOf]:
        """One page of a collection, from its first row on.

        Raises:
            SomtodayError: it cannot be had.

        """
        kind = collection.kind
        read = partial(collection.read, offset=offset)
        params = _params(offset, PAGE_ROWS, peil)
        answer = await self._ask(
            access, Call(kind.wrapper, "GET", self._url(vestiging, kind), params), read
        )
        if answer.body is None:
            msg = f"{kind.wrapper}: {answer.status}"
            raise SourceUnavailableError(msg)
        return answer.body

    async def page_content(self, access: Access, vestiging: str, kind: Kind, offset: int) -> bytes:
        """A page as it comes, as of today, asked for just as `pages` asks for it.

        Raises:
            SomtodayError: it cannot be had.

        """
        params = _params(offset, PAGE_ROWS, None)
        call = Call(kind.wrapper, "GET", self._url(vestiging, kind), params)
        answer = await self._ask(access, call, bytes)
        if answer.body is None:
            msg = f"{kind.wrapper}: {answer.status}"
            raise SourceUnavailableError(msg)
        return answer.body

    def _url(self, vestiging: str, kind: Kind) -> str:
        return f"{self._base}/vestiging/{vestiging}/{kind.path}"

    async def _get(
        self, access: Access, kind: str, url: str, params: Sequence[tuple[str, str]] = ()
    ) -> Answer[Mapping[str, Any]]:
        return await self._ask(access, Call(kind, "GET", url, params), read_object)

    async def _ask(self, access: Access, call: Call, read: Callable[[bytes], Body]) -> Answer[Body]:
        organisation = str(access.organisation_id)
        for _ in range(2):
            token = await self._tokens.token(access)
            headers = {**_JSON, "Authorization": f"Bearer {token.get_secret_value()}"}
            asked = replace(call, headers=headers, organisation=organisation)
            answer = await self._caller.call(asked, read)
            if answer.status != HTTPStatus.UNAUTHORIZED:
                return answer
            await self._tokens.drop(access, token)
        msg = f"{call.kind}: 401 to a fresh token"
        raise AccessRefusedError(msg)


def _params(offset: int, amount: int, peil: str | None) -> list[tuple[str, str]]:
    params = [("offset", str(offset)), ("amount", str(amount))]
    if peil is not None:
        params.append(("peilschooljaar", peil))
    if offset == 0:
        params.append(("veldpermissies", "true"))
    return params


def _rows(answer: Answer[Mapping[str, Any]], wrapper: str) -> Sequence[Any]:
    rows: object = answer.body.get(wrapper) if answer.body else None
    if not isinstance(rows, list):
        msg = f"{wrapper}: {answer.status}"
        raise SourceUnavailableError(msg)
    return rows

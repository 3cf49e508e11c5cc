"""The reads of Somtoday Connect that a roster needs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from services.connector.settings import ConnectorSettings
from services.connector.somtoday import wire
from services.connector.somtoday.access import Access
from services.connector.somtoday.calls import Answer, Call, Caller
from services.connector.somtoday.errors import AccessRefusedError, SourceUnavailableError
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.oauth import TokenStore
from services.connector.somtoday.rights import Rights
from services.connector.somtoday.rows import read_all

_AMOUNT = 200
_JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Page:
    """Some rows of a collection as they came; `rights` comes with the first page only."""

    offset: int
    rows: Sequence[Any]
    rights: Rights | None


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
        answer = await self._caller.call(Call("instelling", "GET", url, params, headers=_JSON))
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
        return (await self._page(access, vestiging, kind, 0, 1))[1]

    async def pages(
        self, access: Access, vestiging: str, kind: Kind, peilschooljaar: str | None = None
    ) -> AsyncIterator[Page]:
        """Every page of a collection until a short or an empty one, as of today unless told.

        Raises:
            SomtodayError: a page cannot be had, or the paging does not advance.

        """
        offset, before = 0, None
        peil = () if peilschooljaar is None else (("peilschooljaar", peilschooljaar),)
        ahead = asyncio.create_task(self._page(access, vestiging, kind, 0, _AMOUNT, peil=peil))
        try:
            while True:
                rows, rights = await ahead
                if rows and rows == before:
                    msg = f"{kind.path}: the same page came twice"
                    raise SourceUnavailableError(msg)
                follows = len(rows) >= _AMOUNT
                if follows:
                    # Somtoday makes the next page while this one is worked on.
                    next_page = self._page(
                        access, vestiging, kind, offset + _AMOUNT, _AMOUNT, peil=peil
                    )
                    ahead = asyncio.create_task(next_page)
                yield Page(offset, rows, rights if offset == 0 else None)
                if not follows:
                    return
                offset, before = offset + _AMOUNT, rows
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _page(
        self,
        access: Access,
        vestiging: str,
        kind: Kind,
        offset: int,
        amount: int,
        *,
        peil: Sequence[tuple[str, str]] = (),
    ) -> tuple[Sequence[Any], Rights]:
        params = [("offset", str(offset)), ("amount", str(amount)), *peil]
        if offset == 0:
            params.append(("veldpermissies", "true"))
        url = f"{self._base}/vestiging/{vestiging}/{kind.path}"
        answer = await self._get(access, kind.wrapper, url, params)
        return _rows(answer, kind.wrapper), Rights(answer.body.get("veldpermissies"))

    async def _get(
        self, access: Access, kind: str, url: str, params: Sequence[tuple[str, str]] = ()
    ) -> Answer:
        for _ in range(2):
            token = await self._tokens.token(access)
            headers = {**_JSON, "Authorization": f"Bearer {token.get_secret_value()}"}
            answer = await self._caller.call(Call(kind, "GET", url, params, headers=headers))
            if answer.status != HTTPStatus.UNAUTHORIZED:
                return answer
            await self._tokens.drop(access, token)
        msg = f"{kind}: 401 to a fresh token"
        raise AccessRefusedError(msg)


def _rows(answer: Answer, wrapper: str) -> Sequence[Any]:
    rows: Mapping[str, Any] | list[Any] | None = answer.body.get(wrapper)
    if answer.status != HTTPStatus.OK or not isinstance(rows, list):
        msg = f"{wrapper}: {answer.status}"
        raise SourceUnavailableError(msg)
    return rows

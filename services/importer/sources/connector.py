"""The roster of a school from the connector's API, read line by line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import stamina

from shared.errors.codes import ErrorCode
from shared.http import new_client
from shared.roster.document import MEDIA_TYPE

# The connector reads page after page from Somtoday before the next line comes.
_TIMEOUT = httpx.Timeout(connect=5.0, read=120.0, write=10.0, pool=10.0)
_ATTEMPTS = 3
_KNOWN = {code.code for code in ErrorCode}


class SourceRefusedError(Exception):
    """The connector does not give the roster; `code` is one of our error codes."""

    def __init__(self, code: str) -> None:
        """Take the error code that the import ends with."""
        super().__init__(code)
        self.code = code


class UnchangedError(Exception):
    """The roster is the one that is known already."""


class _AwayError(Exception):
    """The connector could not be reached or was not ready: worth another attempt."""


class ConnectorSource:
    """The connector's API; open once per worker."""

    def __init__(self, base_url: str, api_key: str) -> None:
        """Prepare; nothing connects before the first use."""
        # Beside the connector 35 MB take 0.07 s as they are, 0.10 s as zstd, 0.43 s as gzip.
        headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": MEDIA_TYPE,
            "Accept-Encoding": "identity",
        }
        self._client = new_client(base_url, headers, _TIMEOUT)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def lines(self, school_id: UUID, known: str | None = None) -> AsyncIterator[bytes]:
        """The roster document's lines, with their newlines, as they come.

        Raises:
            UnchangedError: the document's `content` is the one that is known.
            SourceRefusedError: koppeling_not_active and the like, source_unavailable when the
                connector stays away, source_incomplete when the stream breaks off.

        """
        async with self._opened(school_id, known) as answer:
            rest = b""
            try:
                async for piece in answer.aiter_bytes():
                    *whole, rest = (rest + piece).split(b"\n")
                    for line in whole:
                        yield line + b"\n"
            except httpx.HTTPError:
                raise SourceRefusedError(ErrorCode.SOURCE_INCOMPLETE.code) from None
            if rest:
                yield rest

    @asynccontextmanager
    async def _opened(self, school_id: UUID, known: str | None) -> AsyncIterator[httpx.Response]:
        tag = {} if known is None else {"If-None-Match": f'"{known}"'}
        request = self._client.build_request("GET", f"/v1/schools/{school_id}/roster", headers=tag)
        try:
            answer = await self._sent(request)
        except _AwayError:
            raise SourceRefusedError(ErrorCode.SOURCE_UNAVAILABLE.code) from None
        try:
            if known is not None and answer.status_code == httpx.codes.NOT_MODIFIED:
                raise UnchangedError
            if not answer.is_success:
                raise SourceRefusedError(await _code_of(answer))
            yield answer
        finally:
            await answer.aclose()

    @stamina.retry(on=_AwayError, attempts=_ATTEMPTS, wait_initial=0.2, wait_max=2.0)
    async def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self._client.send(request, stream=True)
        except httpx.HTTPError:
            raise _AwayError from None
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            await answer.aclose()
            raise _AwayError
        return answer


async def _code_of(answer: httpx.Response) -> str:
    """The code of a problem document, when it is one that an import may end with."""
    try:
        await answer.aread()
        found = answer.json().get("code")
    except (httpx.HTTPError, ValueError, AttributeError):
        found = None
    refused_by_us = {ErrorCode.NOT_AUTHENTICATED.code, ErrorCode.NOT_ALLOWED.code}
    if isinstance(found, str) and found in _KNOWN - refused_by_us:
        return found
    return ErrorCode.SOURCE_UNAVAILABLE.code

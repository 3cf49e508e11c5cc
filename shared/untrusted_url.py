"""POST to a URL that somebody else chose, without becoming their way into our own network.

Server-side request forgery (OWASP Top 10, A10:2021): a host name may lead to a private address, to
this machine or to a cloud's metadata, and may lead there only the second time it is looked up. So
the name is looked up here, every address it has must be public, and the connection goes to the
very address that was checked.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from shared.http import new_client

_SECONDS = 15.0
_LONGEST_URL = 2000
# Addresses that carry an IPv4 address inside: a translator on the way would take it out again.
_TRANSLATED = (
    *(IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")),
    *(IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("::/96")),
)


class NotPublicError(Exception):
    """The URL leads to an address that is not public; the message names neither."""


@dataclass(frozen=True)
class Answered:
    """What a receiver said, and after how long. `retry_after` is its wish, in seconds."""

    status: int
    milliseconds: int
    retry_after: int | None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def require_postable(text: str, *, insecure: bool) -> None:
    """Check the form of a URL: https, a host, nothing hidden. `insecure` allows http too.

    Raises:
        ValueError: with a Dutch sentence of what is wrong.

    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        msg = "dit is geen geldige URL"
        raise ValueError(msg) from None
    if url.scheme not in ({"https", "http"} if insecure else {"https"}):
        msg = "de URL moet met https:// beginnen"
        raise ValueError(msg)
    if not url.host or url.userinfo or url.fragment or len(text) > _LONGEST_URL:
        msg = "geef een URL met een hostnaam, zonder wachtwoord en zonder #"
        raise ValueError(msg)


class OutsideClient:
    """Posts to URLs of others. `insecure` (development only) allows http and private addresses.

    Also then https means that the certificate is good: of the name, by whom `trust` trusts.
    """

    def __init__(self, *, insecure: bool = False, trust: ssl.SSLContext | None = None) -> None:
        """Prepare; nothing is kept open between two calls."""
        self._insecure = insecure
        # No connection is used twice: one address may serve the names of several receivers.
        self._client = new_client(keep_alive=False, trust=trust)
        self._client.cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answered:
        """Post once, within 15 seconds; the body of the answer is not read.

        Raises:
            NotPublicError: the host has an address that is not public.
            ValueError: the URL is not one that may be posted to.
            TimeoutError: there was no answer in time.
            httpx.HTTPError, OSError: there was no answer, or the name is unknown.

        """
        require_postable(url, insecure=self._insecure)
        began = time.perf_counter()
        async with asyncio.timeout(_SECONDS):
            answer = await self._post(httpx.URL(url), content, headers)
        milliseconds = round((time.perf_counter() - began) * 1000)
        return Answered(answer.status_code, milliseconds, _seconds(answer))

    async def close(self) -> None:
        """Let go of the client."""
        await self._client.aclose()

    async def _post(
        self, url: httpx.URL, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        address = await self._address(url)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=content,
            headers={**headers, "Host": url.netloc.decode("ascii")},
            # The certificate must be of the name that was asked for, not of the address.
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        answer = await self._client.send(request, stream=True)
        await answer.aclose()
        return answer

    async def _address(self, url: httpx.URL) -> str:
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.raw_host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not self._insecure and not all(is_public(address) for address in addresses):
            raise NotPublicError
        # Not every network has IPv6; who has both names usually has both.
        return str(min(addresses, key=lambda address: address.version))


def _seconds(answer: httpx.Response) -> int | None:
    wish = answer.headers.get("retry-after", "")
    return int(wish) if wish.isascii() and wish.isdigit() and len(wish) < 7 else None  # noqa: PLR2004

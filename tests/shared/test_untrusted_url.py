from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import create_default_context

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi import FastAPI, Request, Response

from shared.clock import now
from shared.untrusted_url import NotPublicError, OutsideClient, is_public, require_postable
from tests.fixtures.http import serving


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "255.0.0.1"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1"),
        *("ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::"),
        *("::10.0.0.1", "2001:db8::1"),
    ],
)
def test_an_address_inside_or_that_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://kurve.example", "https://", "https:///pad", "geen url", "", "//kurve.example"),
        *("https://u:p@kurve.example", "https://kurve.example/#a", "file:///etc/passwd"),
        "https://kurve.example/" + "a" * 2000,
    ],
)
def test_a_url_that_hides_something_is_refused(url: str) -> None:
    for insecure in (True, False):
        with pytest.raises(ValueError, match=r".+"):
            require_postable(url, insecure=insecure)


def test_http_is_for_development_only() -> None:
    require_postable("http://127.0.0.1:8000/x", insecure=True)
    require_postable("https://kurve.example:8443/x?y=z", insecure=False)
    with pytest.raises(ValueError, match="https"):
        require_postable("http://kurve.example", insecure=False)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    app = FastAPI()

    @app.post("/away")
    async def away() -> Response:
        headers = {"location": "/there", "set-cookie": "a=b", "retry-after": "7"}
        return Response(status_code=302, headers=headers)

    @app.post("/there")
    async def there(request: Request) -> Response:
        is_clean = "cookie" not in request.headers and await request.body() == b"{}"
        return Response(status_code=200 if is_clean else 400)

    async with serving(lambda _: app) as url:
        yield url.replace("127.0.0.1", "localhost")


async def test_a_name_that_leads_inside_is_not_followed(server: str) -> None:
    client = OutsideClient()
    with pytest.raises(NotPublicError):
        await client.post(server.replace("http:", "https:"), b"{}", {})
    await client.close()


async def test_no_redirect_is_followed_and_no_cookie_kept(server: str) -> None:
    client = OutsideClient(insecure=True)
    away = await client.post(f"{server}/away", b"{}", {})
    assert (away.status, away.retry_after) == (302, 7)
    there = await client.post(f"{server}/there", b"{}", {})
    assert (there.status, there.retry_after) == (200, None)
    await client.close()


def _certificate(folder: Path, name: str) -> Path:
    """A certificate of one host name that vouches for itself, with its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, encryption_algorithm=NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


async def test_a_certificate_must_be_of_the_name_that_was_asked_for_and_by_who_is_trusted(
    tmp_path: Path,
) -> None:
    app = FastAPI()

    @app.post("/")
    async def take(request: Request) -> str:
        return request.headers["host"]

    for name, is_taken in (("localhost", True), ("kurve.example", False)):
        certificate = _certificate(tmp_path, name)
        async with serving(lambda _: app, certificate) as url:
            asked = url.replace("127.0.0.1", "localhost")
            knows = OutsideClient(insecure=True, trust=create_default_context(cafile=certificate))
            stranger = OutsideClient(insecure=True)
            if is_taken:
                assert (await knows.post(asked, b"{}", {})).status == 200
            else:
                with pytest.raises(httpx.ConnectError, match="ostname mismatch"):
                    await knows.post(asked, b"{}", {})
            with pytest.raises(httpx.ConnectError, match="self-signed"):
                await stranger.post(asked, b"{}", {})
        for client in (knows, stranger):
            await client.close()

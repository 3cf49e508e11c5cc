"""The inbox and the issuer, run as the environment runs them."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

import aiosmtplib
import httpx
import jwt
import pytest

from deploy.local.processes import Processes
from deploy.local.programs import free_port

SCHOOL = UUID("0190a5b0-0000-7000-8000-000000000001")


@dataclass(frozen=True)
class Peers:
    inbox: httpx.Client
    issuer: httpx.Client
    smtp_port: int


@pytest.fixture(scope="module")
def peers() -> Iterator[Peers]:
    smtp, http, issuer = free_port(), free_port(), free_port()
    urls = {"inbox": f"http://127.0.0.1:{http}", "identity": f"http://127.0.0.1:{issuer}"}
    with Processes() as processes:
        ports = ("--smtp-port", str(smtp), "--http-port", str(http))
        processes.start("inbox", "deploy.local.inbox", *ports, environment={})
        asked = ("--port", str(issuer), "--audience", "numo")
        processes.start("identity", "deploy.local.identity", *asked, environment={})
        for name, url in urls.items():
            processes.wait_until_ready(name, f"{url}/healthz")
        with (
            httpx.Client(base_url=urls["inbox"], trust_env=False) as inbox,
            httpx.Client(base_url=urls["identity"], trust_env=False) as identity,
        ):
            yield Peers(inbox, identity, smtp)


@pytest.fixture(autouse=True)
def _empty_inbox(peers: Peers) -> None:
    assert peers.inbox.delete("/messages").status_code == 204


async def _send(peers: Peers, content: bytes, *recipients: str) -> None:
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=peers.smtp_port, start_tls=False
    ) as client:
        await client.sendmail("support@kurve.example", list(recipients), content)


async def test_a_mail_arrives_decoded(peers: Peers) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "Kurve <support@kurve.example>", "Beheer <beheer@school.example>"
    mail["Subject"], mail["Message-ID"] = "Koppeling geactiveerd: café één", "<7@kurve.example>"
    mail.set_content("Beste beheerder,\nDe koppeling is één feit.\n", cte="quoted-printable")
    mail.add_alternative("<p>De koppeling is <b>één</b> feit.</p>", subtype="html", cte="base64")
    await _send(peers, mail.as_bytes(), "beheer@school.example", "stil@school.example")
    [found] = peers.inbox.get("/messages").json()
    assert found.pop("id")
    assert found.pop("received_at")
    assert found.pop("html").strip() == "<p>De koppeling is <b>één</b> feit.</p>"
    assert found == {
        "message_id": "<7@kurve.example>",
        "from": "Kurve <support@kurve.example>",
        "to": ["beheer@school.example", "stil@school.example"],
        "subject": "Koppeling geactiveerd: café één",
        "text": "Beste beheerder,\nDe koppeling is één feit.\n",
    }


async def test_a_strange_mail_is_still_kept(peers: Peers) -> None:
    strange = b'Content-Type: text/plain; charset="klingon"\r\n\r\nqapla\r\n'
    await _send(peers, strange, "a@school.example")
    await _send(peers, b"no headers at all", "b@school.example")
    first, second = peers.inbox.get("/messages").json()
    assert first["text"] == "qapla\n"
    assert first["from"] == "support@kurve.example"
    assert second["to"] == ["b@school.example"]


async def test_the_page_shows_mail_and_runs_nothing_of_it(peers: Peers) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = "<script>alert(1)</script>"
    mail.set_content("</pre><script>alert(2)</script> https://numo.example/start")
    mail.add_alternative('"><script>alert(3)</script>', subtype="html")
    await _send(peers, mail.as_bytes(), "a@school.example")
    page = peers.inbox.get("/")
    assert "<script" not in page.text
    assert "a@school.example" in page.text
    assert '<a href="https://numo.example/start" rel="noopener noreferrer"' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_an_empty_inbox_says_so(peers: Peers) -> None:
    assert peers.inbox.get("/messages").json() == []
    assert "Nog geen mail." in peers.inbox.get("/").text


def _claims(peers: Peers, token: str, audience: str = "numo") -> dict[str, object]:
    found = peers.issuer.get("/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(peers.issuer.get(found["jwks_uri"]).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, ["RS256"], audience=audience, issuer=found["issuer"])
    return dict(claims)


def test_a_token_holds_what_was_asked_and_verifies_by_the_key_set(peers: Peers) -> None:
    wanted = {"sub": "pupil", "school": str(SCHOOL), "role": "leerling", "person": str(SCHOOL)}
    answer = peers.issuer.post("/token", json={**wanted, "seconds": 60}).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 60
    claims = _claims(peers, answer["access_token"])
    assert {name: claims[name] for name in wanted} == wanted
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 60
    with pytest.raises(jwt.InvalidAudienceError):
        _claims(peers, answer["access_token"], audience="somebody else")


def test_a_token_without_a_person_has_no_such_claim(peers: Peers) -> None:
    wanted = {"sub": "admin", "school": str(SCHOOL), "role": "schoolbeheerder"}
    answer = peers.issuer.post("/token", json=wanted).json()
    assert answer["expires_in"] == 3600
    assert "person" not in _claims(peers, answer["access_token"])


@pytest.mark.parametrize(
    "wrong", [{"role": "directeur"}, {"school": "12AB"}, {"seconds": 0}, {"sub": ""}]
)
def test_what_numo_would_never_sign_is_refused(peers: Peers, wrong: dict[str, object]) -> None:
    wanted = {"sub": "admin", "school": str(SCHOOL), "role": "docent", **wrong}
    assert peers.issuer.post("/token", json=wanted).status_code == 422

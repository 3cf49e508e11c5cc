"""Who is mailed, and how often, when a pool runs out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from deploy.local.inbox import Mailbox, receiving
from services.licensing.jobs import PARTS, WorkerParts, drain_outbox, tell_changes
from services.licensing.settings import LicensingSettings
from shared.crypto import SecretBox
from shared.database import Database
from shared.mail.send import Mailer
from shared.untrusted_url import OutsideClient
from tests.licensing.conftest import OUTSIDE, School

Make = Callable[[int], Awaitable[School]]
ADDRESS = "licenties@waterkant.example"
OPS = "ops@kurve.example"


class Post:
    """The worker of licensing and the mail server that it speaks to."""

    def __init__(self, parts: WorkerParts, box: Mailbox) -> None:
        self.parts, self.box = parts, box

    async def about(self, school: School) -> list[tuple[str, str]]:
        """To whom mails about a school went, and their subjects, after the worker ran."""
        for job in (tell_changes, drain_outbox):
            await job({PARTS: self.parts})
        found = [mail for mail in self.box.mails if str(school.id) in mail.text + mail.html]
        mine = found + [mail for mail in self.box.mails if ADDRESS in mail.to]
        return sorted((mail.to[0], mail.subject.split(" (")[0]) for mail in mine)


@pytest.fixture
async def post(settings_for: Any, licensing: Database) -> AsyncIterator[Post]:
    settings = settings_for(LicensingSettings, **OUTSIDE, ops_email=OPS)
    client = OutsideClient(insecure=True)
    box = SecretBox(OUTSIDE["encryption_keys"])
    parts = WorkerParts(settings, licensing, box, client, Mailer(settings))
    async with receiving(inbox := Mailbox(), OUTSIDE["smtp_port"]):
        yield Post(parts, inbox)
    await client.close()


async def start(school: School, pupils: int) -> None:
    for _ in range(pupils):
        assert (await school.start(await school.person())).status_code == 201


async def contact(school: School, method: str, who: Any = None, **body: str) -> Any:
    query = {"school_id": str(school.id)}
    answer = await school.client.request(
        method, "/v1/license-contact", params=query, json=body or None, headers=who or school.ops
    )
    return answer.status_code, answer.json() if answer.content else None


async def test_a_school_is_mailed_once_at_each_step_and_anew_after_a_grant(
    school_with: Make, post: Post
) -> None:
    school = await school_with(5)
    wanted = {"school_name": "Waterkant College", "email": ADDRESS}
    for _ in range(2):
        assert await contact(school, "PUT", **wanted) == (200, wanted)
    await start(school, 3)
    assert await post.about(school) == []
    await start(school, 1)
    low = [(ADDRESS, "Nog 1 licentie over voor Numo rekenen"), (OPS, "Bijna op: Numo rekenen")]
    for _ in range(2):
        assert await post.about(school) == low
    await start(school, 1)
    empty = [
        (ADDRESS, "Alle licenties zijn in gebruik voor Numo rekenen"),
        (OPS, "Op: Numo rekenen"),
    ]
    assert await post.about(school) == sorted(low + empty)
    post.box.mails.clear()
    await school.grant(5)
    assert await post.about(school) == []
    await start(school, 3)
    again = [(ADDRESS, "Nog 2 licenties over voor Numo rekenen"), low[1]]
    assert await post.about(school) == again


async def test_a_mail_that_a_grant_overtook_is_not_sent_and_ops_hear_of_a_school_alone(
    school_with: Make, post: Post
) -> None:
    school = await school_with(2)
    await start(school, 2)
    await tell_changes({PARTS: post.parts})
    await school.grant(8)
    assert await post.about(school) == []
    await start(school, 6)
    assert await post.about(school) == [(OPS, "Bijna op: Numo rekenen")]


async def test_a_contact_is_the_schools_own(
    school_with: Make, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    school, other = await school_with(0), await school_with(0)
    theirs = await school.issuer.headers(school=school.id)
    wanted = {"school_name": "Waterkant College", "email": ADDRESS}
    assert (await contact(school, "GET"))[0] == 404
    assert await contact(school, "PUT", theirs, **wanted) == (200, wanted)
    assert await contact(school, "GET", theirs) == (200, wanted)
    assert (await contact(other, "GET", theirs))[0] == 404
    assert (await contact(other, "GET"))[0] == 404
    assert (await contact(school, "GET", await api_key("ops", product="numo")))[0] == 403
    wrong = await contact(school, "PUT", theirs, **{**wanted, "email": "a@b, c@d.nl"})
    assert [error["field"] for error in wrong[1]["errors"]] == ["email"]
    for _ in range(2):
        assert (await contact(school, "DELETE"))[0] == 204
    assert (await contact(school, "GET"))[0] == 404

"""HTTP clients for each party of the play, and answers that must succeed."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import httpx

from deploy.local.environment import Environment
from deploy.local.plain_http import NO_AUTHORITIES

_TIMEOUT = httpx.Timeout(60.0)


class PlayFailedError(Exception):
    """A step of the play did not go as it must; the message says which and how."""


def answer_of(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of an answer; PlayFailedError with its text when it is no success."""
    if response.is_success:
        return response.json() if response.content else None
    request = response.request
    msg = f"{request.method} {request.url.path} answered {response.status_code}: {response.text}"
    raise PlayFailedError(msg)


@dataclass
class Peers:
    """One client for each party; close by leaving the context."""

    environment: Environment
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Open every client."""
        self.sandbox = self.client(self.environment.sandbox)
        self.inbox = self.client(self.environment.inbox)
        ops = {"Authorization": f"Bearer {self.environment.ops_key}"}
        self.connector = self.client(self.environment.connector, ops)
        self.licensing_ops = self.client(self.environment.licensing, ops)
        return self

    def __exit__(self, *_: object) -> None:
        """Close every client."""
        self._stack.close()

    def administrator(self, school_id: UUID) -> httpx.Client:
        """The importer, as the school's administrator sees it from Numo."""
        token = self.environment.token(f"admin-{school_id}", school_id, "schoolbeheerder")
        return self.client(self.environment.importer, {"Authorization": f"Bearer {token}"})

    def pupil(self, school_id: UUID, person_id: UUID) -> httpx.Client:
        """The licensing service, as a pupil's Numo uses it."""
        token = self.environment.token(f"pupil-{person_id}", school_id, "leerling", person_id)
        return self.client(self.environment.licensing, {"Authorization": f"Bearer {token}"})

    def client(self, url: str, headers: dict[str, str] | None = None) -> httpx.Client:
        """A client that is closed with these peers."""
        client = httpx.Client(
            base_url=url, headers=headers, timeout=_TIMEOUT, verify=NO_AUTHORITIES
        )
        return self._stack.enter_context(client)

"""What may be asked of a list of the roster."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from services.importer.domain.reading import RosterQuery
from shared.errors.codes import ErrorCode
from shared.errors.refusal import FieldError, Refusal
from shared.one_line import OneLine
from shared.paging import Cursor, Limit, cursor_refused, decode_cursor, decode_id
from shared.roster.document import GroupKind, MemberRole, PersonRole

ChangedSince = Annotated[
    int | None,
    Query(
        ge=0,
        le=2**62,
        description="the feed: what changed after this `roster_version`, in the order of its "
        "changes, the archived, ended and erased too; only with filters that stay true",
    ),
]
_VERSION = re.compile("[0-9]{1,18}")


class PageOfRoster(BaseModel):
    """Which page of a list, or of the feed of what changed in it."""

    changed_since: ChangedSince = None
    limit: Limit = 100
    cursor: Cursor = None

    def _asked(self, wanted: Mapping[str, str | UUID | None], *passing: str) -> RosterQuery:
        """The query; `passing` are filters that hold of a row today and may not tomorrow."""
        self._refuse_passing(passing)
        return RosterQuery(
            self.limit, wanted, changed_since=self.changed_since, after=self._position()
        )

    def _refuse_passing(self, passing: Iterable[str]) -> None:
        """Who stops to fit a filter would never be told to who follows the feed with it."""
        if self.changed_since is None:
            return
        wrong = (
            "dit filter kan niet samen met changed_since: wie er niet meer bij hoort zou ontbreken"
        )
        given = (name for name in passing if getattr(self, name) is not None)
        errors = tuple(FieldError(name, wrong) for name in given)
        if errors:
            raise Refusal(ErrorCode.INVALID_REQUEST, errors=errors)

    def _position(self) -> tuple[int, UUID] | tuple[UUID] | None:
        if self.changed_since is None:
            found = decode_id(self.cursor)
            return None if found is None else (found,)
        position = decode_cursor(self.cursor, 2)
        if position is None:
            return None
        try:
            row_id = UUID(position[1])
        except ValueError:
            raise cursor_refused() from None
        if _VERSION.fullmatch(position[0]) is None:
            raise cursor_refused()
        return int(position[0]), row_id


class PageOfPeople(PageOfRoster):
    """Which people; `member_role=teacher` asks for who teaches."""

    role: PersonRole | None = None
    state: Literal["active", "archived", "erased"] | None = None
    vestiging_code: OneLine | None = None
    leerjaar: OneLine | None = None
    group_id: UUID | None = None
    member_role: MemberRole | None = None

    def asked(self) -> RosterQuery:
        """The query for the application; a Refusal (invalid_request) where it makes no sense."""
        columns = {
            "role": self.role,
            "state": self.state,
            "vestiging_code": self.vestiging_code,
            "leerjaar": self.leerjaar,
        }
        passing = ("state", "vestiging_code", "leerjaar", "group_id", "member_role")
        query = self._asked(columns, *passing)
        return replace(query, in_group=self.group_id, as_member=self.member_role)


class PageOfGroups(PageOfRoster):
    """Which groups."""

    kind: GroupKind | None = None
    state: Literal["active", "archived"] | None = None
    schooljaar: OneLine | None = None
    vestiging_code: OneLine | None = None

    def asked(self) -> RosterQuery:
        """The query for the application; a Refusal (invalid_request) where it makes no sense."""
        columns = {
            "kind": self.kind,
            "state": self.state,
            "schooljaar": self.schooljaar,
            "vestiging_code": self.vestiging_code,
        }
        return self._asked(columns, "state", "schooljaar", "vestiging_code")


class PageOfMemberships(PageOfRoster):
    """Which memberships."""

    person_id: UUID | None = None
    group_id: UUID | None = None
    role: MemberRole | None = None
    state: Literal["active", "ended"] | None = None

    def asked(self) -> RosterQuery:
        """The query for the application; a Refusal (invalid_request) where it makes no sense."""
        columns = {
            "person_id": self.person_id,
            "group_id": self.group_id,
            "role": self.role,
            "state": self.state,
        }
        return self._asked(columns, "state")

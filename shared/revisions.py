"""Changes that two people could make at once: a revision as an ETag, and If-Match (RFC 9110)."""

import re
from typing import Annotated

from fastapi import Depends, Header

from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

# As long as a bigint may be: whatever is longer is no revision of ours. A weak tag never matches
# (section 8.8.3.2).
_TAG = re.compile(r'(?<!W/)"([0-9]{1,18})"')
_ANY = "*"


def etag(revision: int) -> str:
    """The ETag of a revision."""
    return f'"{revision}"'


_Header = Annotated[
    str | None,
    Header(
        max_length=2000,
        description="ETag of what the caller read, or * to change whatever is there",
        examples=['"3"'],
    ),
]


async def _expected_revisions(if_match: _Header = None) -> frozenset[int] | None:
    if if_match is None:
        raise Refusal(ErrorCode.IF_MATCH_REQUIRED)
    return _revisions_in(if_match)


async def _expected_if_told(if_match: _Header = None) -> frozenset[int] | None:
    return None if if_match is None else _revisions_in(if_match)


def _revisions_in(if_match: str) -> frozenset[int] | None:
    if if_match.strip() == _ANY:
        return None
    return frozenset(int(revision) for revision in _TAG.findall(if_match))


# None when the caller changes whatever is there; refuses with if_match_required without a header.
ExpectedRevisions = Annotated[frozenset[int] | None, Depends(_expected_revisions)]
# The same where a caller need not say what was read.
RevisionsIfTold = Annotated[frozenset[int] | None, Depends(_expected_if_told)]

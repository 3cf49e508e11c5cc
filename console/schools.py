"""Which school a person means."""

from contextlib import suppress
from uuid import UUID

from console.mistake import MistakeError
from console.peers import answer_of, peer
from shared.ids import normalise_brin


def school_id(school: str) -> UUID:
    """The id of a school that a person names by its BRIN, or by its id.

    Raises:
        MistakeError: that is no BRIN, or there is no koppeling of a school with it.

    """
    with suppress(ValueError):
        return UUID(school)
    try:
        brin = normalise_brin(school)
    except ValueError as mistake:
        raise MistakeError(str(mistake)) from None
    with peer("connector") as client:
        found = answer_of(client.get("/v1/koppelingen", params={"brin": brin}))["items"]
    if not found:
        msg = f"no koppeling of a school with BRIN {brin}"
        raise MistakeError(msg)
    return UUID(found[0]["school_id"])

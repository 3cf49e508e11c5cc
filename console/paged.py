"""Read every page of a list."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from console.peers import answer_of


def every_item(
    client: httpx.Client, path: str, asked: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """The items of all pages of a list, in its order; a parameter that is None is left out."""
    given = {key: value for key, value in (asked or {}).items() if value is not None}
    while True:
        page = answer_of(client.get(path, params=given))
        yield from page["items"]
        if page["next"] is None:
            return
        given["cursor"] = page["next"]

"""A page of a collection, validated whole in one pass; row by row only when one of them is bad."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Self

from pydantic import ValidationError

from services.connector.somtoday import wire
from services.connector.somtoday.calls import read_object
from services.connector.somtoday.errors import SourceUnavailableError
from services.connector.somtoday.fingerprint import fingerprint
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.rights import Rights
from services.connector.somtoday.rows import Unreadable, read_row, uuid_of
from services.connector.somtoday.wire import RowOf


@dataclass(frozen=True)
class Page(Generic[RowOf]):
    """Rows in Somtoday's order, the first at `offset`; `rights` as they came with it.

    `moved` says that rows came or went among those before it since these were read.
    `fingerprint` is the hash of the page as it came; what was dropped from it stays out of reach.
    """

    offset: int
    rows: Sequence[RowOf | Unreadable]
    rights: Rights
    fingerprint: bytes
    moved: bool = False

    @property
    def order(self) -> list[object]:
        """By what each row is told from others, as they came."""
        return [_identity(row) for row in self.rows]

    def after(self, last: RowOf | Unreadable) -> Self:
        """This page, asked for from `last` on, without that row; moved when it is not there."""
        if self.rows and _identity(self.rows[0]) == _identity(last):
            return replace(self, offset=self.offset + 1, rows=self.rows[1:])
        return replace(self, moved=True)


def _identity(row: RowOf | Unreadable) -> object:
    if isinstance(row, Unreadable):
        return uuid_of(row.raw) or row.raw
    return row.uuid or row


@dataclass(frozen=True)
class Listing(Generic[RowOf]):
    """How a collection is read: its kind, and the wire models of a row and of a page."""

    kind: Kind
    row: type[RowOf]
    page: type[wire.PageOf[RowOf]]

    def read(self, content: bytes, offset: int = 0) -> Page[RowOf]:
        """A page from the JSON that came.

        Raises:
            ValueError: not JSON to its end.
            SourceUnavailableError: JSON, but without the list of rows.

        """
        try:
            # Straight from bytes to models: parsing and validating apart costs half as much again.
            page = self.page.model_validate_json(content)
        except ValidationError:
            return self._row_by_row(content, offset)
        return Page(offset, page.rows, Rights(page.veldpermissies), fingerprint(content))

    def _row_by_row(self, content: bytes, offset: int) -> Page[RowOf]:
        body = read_object(content)
        rows, rights = body.get(self.kind.wrapper), body.get("veldpermissies")
        if not isinstance(rows, list):
            msg = f"{self.kind.wrapper}: no list of rows"
            raise SourceUnavailableError(msg)
        return Page(
            offset,
            [read_row(self.row, row) for row in rows],
            Rights(rights if isinstance(rights, dict) else None),
            fingerprint(content),
        )


STAMGROEPEN = Listing(Kind.STAMGROEP, wire.Stamgroep, wire.Stamgroepen)
LESGROEPEN = Listing(Kind.LESGROEP, wire.Lesgroep, wire.Lesgroepen)
LEERLINGEN = Listing(Kind.LEERLING, wire.Leerling, wire.Leerlingen)
MEDEWERKERS = Listing(Kind.MEDEWERKER, wire.Medewerker, wire.Medewerkers)

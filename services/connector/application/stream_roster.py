"""The roster document of a school, streamed from Somtoday while it is read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from services.connector.application.credentials import access_to
from services.connector.domain.datavelden import Dataveld
from services.connector.domain.koppeling import MAY_FETCH
from services.connector.domain.period import Position
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import AccessRefusedError, SomtodayError
from services.connector.somtoday.fetch import Wish, roster_records
from services.connector.somtoday.observe import open_sites
from services.connector.store.koppelingen import StoredKoppeling, find_koppeling_of
from services.connector.store.products import StoredProduct, find_product
from shared.clock import Schooljaar, now, today
from shared.crypto import SecretBox
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.roster.document import Header, ProblemRecord
from shared.roster.ndjson import DocumentWriter
from shared.telemetry import get_logger

_SOURCE = "somtoday"
_COMPLETE_FOR = ("pupil", "employee", "stamgroep", "lesgroep")


@dataclass(frozen=True)
class RosterSource:
    """What a roster is read with."""

    database: Database
    somtoday: SomtodayClient
    box: SecretBox


async def stream_roster(
    source: RosterSource, school_id: UUID, product_code: str | None
) -> AsyncIterator[bytes]:
    """The document's lines, some at a time; Somtoday has answered before the first is given.

    Raises:
        Refusal: not_found, koppeling_not_active, or source_unavailable. What goes wrong after
            the first line ends the document with a fatal problem and without trailer.

    """
    koppeling, product = await _permitted(source.database, school_id, product_code)
    if koppeling.organisation_id is None:
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE)
    try:
        access = access_to(product, koppeling.organisation_id, source.box)
        sites = await open_sites(source.somtoday, access)
    except AccessRefusedError:
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE) from None
    except SomtodayError:
        raise Refusal(ErrorCode.SOURCE_UNAVAILABLE) from None
    if not sites:
        # The school withdrew it; an empty document would say that everybody left.
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE)
    names = product.required_datavelden + product.optional_datavelden
    wish = Wish(access, sites, frozenset(Dataveld(name) for name in names), today())
    return _lines(source.somtoday, wish)


async def _permitted(
    database: Database, school_id: UUID, product_code: str | None
) -> tuple[StoredKoppeling, StoredProduct]:
    if product_code is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    async with database.transaction() as connection:
        koppeling = await find_koppeling_of(connection, school_id, product_code)
        product = await find_product(connection, product_code)
    if koppeling is None or product is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    inside = koppeling.period.position(today()) is Position.INSIDE
    if koppeling.state not in MAY_FETCH or not inside:
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE)
    return koppeling, product


async def _lines(somtoday: SomtodayClient, wish: Wish) -> AsyncIterator[bytes]:
    moment = now()
    writer = DocumentWriter()
    yield writer.line(
        Header(
            source=_SOURCE,
            schooljaar=str(Schooljaar.of(moment)),
            fetched_at=moment,
            complete_for=_COMPLETE_FOR,
        )
    )
    try:
        async for batch in roster_records(somtoday, wish):
            yield b"".join([writer.line(record) for record in batch])
    except SomtodayError as error:
        get_logger().warning("roster_cut_off", error=type(error).__name__)
        yield writer.line(
            ProblemRecord(
                code=error.problem,
                detail="Somtoday gaf niet alle gegevens; het overzicht is niet compleet.",
                place="somtoday",
                fatal=True,
            )
        )
        return
    yield writer.end()

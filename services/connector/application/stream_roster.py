"""The roster document of a school, streamed from Somtoday while it is read."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.application.credentials import access_to
from services.connector.application.note_seen import note_refusal, note_whole_roster
from services.connector.application.unchanged_roster import remember_roster, unchanged_roster
from services.connector.domain.datavelden import datavelden_asked
from services.connector.domain.fetching import may_fetch
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import AccessRefusedError, SomtodayError
from services.connector.somtoday.fetch import Wish, roster_records
from services.connector.somtoday.observe import open_sites, sites_inside
from services.connector.somtoday.roster_memory import RosterMemory
from services.connector.somtoday.seen import Seen
from services.connector.store.koppelingen import StoredKoppeling, find_koppeling, find_koppeling_of
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
    memory: RosterMemory


@dataclass(frozen=True)
class Whose:
    """Whose roster: a school's, or a koppeling's; of the one product that the caller may see."""

    product: str | None
    school_id: UUID | None = None
    koppeling_id: UUID | None = None


class RosterDocument:
    """A roster that Somtoday has begun to give; read its lines once."""

    def __init__(self, source: RosterSource, koppeling_id: UUID, wish: Wish) -> None:
        """Take what was permitted."""
        self._source = source
        self._koppeling_id = koppeling_id
        self._wish = wish
        self.content: str | None = None

    async def lines(self) -> AsyncIterator[bytes]:
        """The document's lines, some at a time.

        What goes wrong ends it with a fatal problem and without trailer; when it was whole,
        `content` is the digest of its records.
        """
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
            async for batch in roster_records(self._source.somtoday, self._wish):
                yield writer.lines(batch)
        except SomtodayError as error:
            get_logger().warning("roster_cut_off", error=type(error).__name__)
            if isinstance(error, AccessRefusedError):
                await note_refusal(self._source.database, self._koppeling_id)
            yield writer.line(_cut_off(error))
            return
        appeared = self._wish.appeared.seen
        await note_whole_roster(self._source.database, self._koppeling_id, appeared)
        self.content = writer.content
        await remember_roster(self._source.memory, self._koppeling_id, self._wish, self.content)
        yield writer.end()

    async def unchanged(self, known: Collection[str]) -> str | None:
        """The content that is among those that are known, when Somtoday's own answers prove it."""
        source = self._source
        same = await unchanged_roster(
            source.somtoday, source.memory, self._koppeling_id, self._wish, known
        )
        if same is None:
            return None
        await note_whole_roster(source.database, self._koppeling_id, same.appeared)
        return same.content


async def open_roster(source: RosterSource, whose: Whose) -> RosterDocument:
    """A roster that may be fetched; Somtoday has said which vestigingen are open.

    Raises:
        Refusal: not_found, koppeling_not_active, or source_unavailable.

    """
    koppeling, product = await _permitted(source.database, whose)
    if koppeling.organisation_id is None:
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE)
    try:
        access = access_to(product, koppeling.organisation_id, source.box)
        sites = await open_sites(source.somtoday, access)
    except AccessRefusedError:
        await note_refusal(source.database, koppeling.id)
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE) from None
    except SomtodayError:
        raise Refusal(ErrorCode.SOURCE_UNAVAILABLE) from None
    inside = sites_inside(sites, koppeling.doelgroep)
    if not inside:
        # The school withdrew it, or opened other vestigingen than were agreed upon; an empty
        # document would say that everybody left.
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE)
    stated = koppeling.stated_datavelden
    wish = Wish(
        access,
        inside,
        datavelden_asked(product.required_datavelden, product.optional_datavelden, stated),
        today(),
        koppeling.doelgroep,
        seen=Seen(source.memory.key),
    )
    return RosterDocument(source, koppeling.id, wish)


async def _permitted(database: Database, whose: Whose) -> tuple[StoredKoppeling, StoredProduct]:
    if whose.product is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    async with database.transaction() as connection:
        koppeling = await _koppeling(connection, whose, whose.product)
        product = await find_product(connection, whose.product)
    if koppeling is None or product is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    if not may_fetch(koppeling.state, koppeling.period, today(), koppeling.last_problem):
        raise Refusal(ErrorCode.KOPPELING_NOT_ACTIVE)
    return koppeling, product


async def _koppeling(
    connection: AsyncConnection, whose: Whose, product: str
) -> StoredKoppeling | None:
    if whose.koppeling_id is not None:
        return await find_koppeling(connection, whose.koppeling_id, product)
    if whose.school_id is not None:
        return await find_koppeling_of(connection, whose.school_id, product)
    return None


def _cut_off(error: SomtodayError) -> ProblemRecord:
    return ProblemRecord(
        code=error.problem,
        detail="Somtoday gaf niet alle gegevens; het overzicht is niet compleet.",
        place="somtoday",
        fatal=True,
    )

"""Whom a school wants mailed about its licenses: said by the school itself, or by ops."""

from services.licensing.store import contacts as store
from services.licensing.store.contacts import Contact
from shared.auth.acting import Acting
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal

__all__ = ["Contact", "put_contact", "read_contact", "remove_contact"]


async def read_contact(database: Database, acting: Acting) -> Contact:
    """The contact; not_found when nobody is mailed, not_allowed for the key of one product."""
    _require_all_products(acting)
    async with database.transaction(acting.school_id) as connection:
        found = await store.find_contact(connection, acting.school_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return found


async def put_contact(database: Database, acting: Acting, contact: Contact) -> Contact:
    """Mail this address from now on; asking again changes nothing.

    Raises:
        Refusal: not_found when there is no such school, not_allowed for the key of one product.

    """
    _require_all_products(acting)
    async with database.transaction(acting.school_id) as connection:
        await store.save_contact(connection, acting.school_id, contact)
    return contact


async def remove_contact(database: Database, acting: Acting) -> None:
    """Mail nobody at this school; asking again changes nothing."""
    _require_all_products(acting)
    async with database.transaction(acting.school_id) as connection:
        await store.remove_contact(connection, acting.school_id)


def _require_all_products(acting: Acting) -> None:
    # One contact serves every Kurve product, so who may see one only may not change it.
    if acting.only_product is not None:
        raise Refusal(ErrorCode.NOT_ALLOWED)

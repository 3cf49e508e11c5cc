"""Make a product, or change it."""

from dataclasses import dataclass

from pydantic import SecretStr

from services.connector.store.products import StoredProduct, save_product
from shared.crypto import SecretBox
from shared.database import Database


@dataclass(frozen=True)
class WantedProduct:
    """A product as ops want it."""

    code: str
    name: str
    somtoday_client_id: str
    somtoday_client_secret: SecretStr
    required_datavelden: tuple[str, ...]
    optional_datavelden: tuple[str, ...]


async def put_product(database: Database, box: SecretBox, wanted: WantedProduct) -> StoredProduct:
    """Store a product as wanted, its secret sealed; asking again changes nothing."""
    product = StoredProduct(
        code=wanted.code,
        name=wanted.name,
        somtoday_client_id=wanted.somtoday_client_id,
        somtoday_client_secret=box.seal(wanted.somtoday_client_secret),
        required_datavelden=wanted.required_datavelden,
        optional_datavelden=wanted.optional_datavelden,
    )
    async with database.transaction() as connection:
        await save_product(connection, product)
    return product

"""Encrypt every product's secret anew, so that an old key can be taken away."""

from dataclasses import replace

from cryptography.fernet import InvalidToken

from services.connector.store.products import lock_products, save_product
from shared.crypto import SecretBox
from shared.database import Database


async def rotate_secrets(database: Database, box: SecretBox) -> list[str]:
    """Put every product's secret under the newest key, all or none; returns the products' codes.

    Safe while the connector runs, and to repeat: every key still opens what it sealed.

    Raises:
        ValueError: no key opens the secret of a product, which the message names.

    """
    async with database.transaction() as connection:
        products = await lock_products(connection)
        for product in products:
            try:
                sealed = box.rotate(product.somtoday_client_secret)
            except InvalidToken:
                msg = f"no key of CONNECTOR_ENCRYPTION_KEYS opens the secret of {product.code}"
                raise ValueError(msg) from None
            await save_product(connection, replace(product, somtoday_client_secret=sealed))
    return [product.code for product in products]

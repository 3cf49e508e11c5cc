"""Open a product's sealed secret for one organisation."""

from uuid import UUID

from services.connector.somtoday.access import Access
from services.connector.store.products import StoredProduct
from shared.crypto import SecretBox


def access_to(product: StoredProduct, organisation_id: UUID, box: SecretBox) -> Access:
    """A product's way into one organisation; ValueError when no key opens its secret."""
    return Access(
        product=product.code,
        client_id=product.somtoday_client_id,
        client_secret=box.open(product.somtoday_client_secret),
        organisation_id=organisation_id,
    )

"""Which entries of the outbox ops may see: those about the koppelingen of their product."""

from services.connector.store.koppelingen import ids_of_product
from shared.outbox.dead_letters import Subjects


def visible_subjects(only_product: str | None) -> Subjects | None:
    """The subjects that a caller may see; None for all."""
    return None if only_product is None else ids_of_product(only_product)

"""What a license covers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LicenseProduct:
    """A Kurve product, or one leergebied of it; `leergebied` is null for all of the product."""

    code: str
    name: str
    product: str
    leergebied: str | None

"""What licenses cover, kept by ops."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.licensing.api.models import LicenseProductBody, LicenseProductResource
from services.licensing.application.license_products import (
    put_license_product,
    read_license_products,
)
from services.licensing.domain.license_product import LicenseProduct
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.paging import Page
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/license-products", tags=["license products"])
Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,31}$", examples=["numo-rekenen"])]


@router.put(
    "/{code}",
    summary="Make or change a license product",
    operation_id="put_license_product",
    responses=problem_responses(ErrorCode.PRODUCT_UNKNOWN, ErrorCode.LICENSE_PRODUCT_UNKNOWN),
)
async def put(
    code: Code, body: LicenseProductBody, ops: Ops, database: OwnDatabase
) -> LicenseProductResource:
    """Store what a license covers; asking again changes nothing."""
    wanted = LicenseProduct(code=code, **body.model_dump())
    made = await put_license_product(database, wanted, ops.product)
    return LicenseProductResource.model_validate(made)


@router.get("", summary="List the license products", operation_id="list_license_products")
async def list_all(ops: Ops, database: OwnDatabase) -> Page[LicenseProductResource]:
    """Every license product on one page: there are only a few."""
    found = await read_license_products(database, ops.product)
    items = [LicenseProductResource.model_validate(product) for product in found]
    return Page(items=items, next=None)

"""Kurve's products at Somtoday, kept by ops."""

from fastapi import APIRouter

from services.connector.api.dependencies import Box
from services.connector.api.fields import CodeInPath
from services.connector.api.models import ProductBody, ProductResource
from services.connector.application.put_product import WantedProduct, put_product
from services.connector.application.read_products import read_products
from shared.app_parts import OwnDatabase
from shared.auth.dependencies import Ops
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.paging import Page
from shared.problem_handlers import problem_responses

router = APIRouter(prefix="/v1/products", tags=["products"])


@router.put(
    "/{code}",
    summary="Make or change a product",
    operation_id="put_product",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def put(
    code: CodeInPath, body: ProductBody, ops: Ops, database: OwnDatabase, box: Box
) -> ProductResource:
    """Store a product with its Somtoday credentials; asking again changes nothing."""
    if ops.product not in {None, code}:
        raise Refusal(ErrorCode.NOT_FOUND)
    wanted = WantedProduct(
        code=code,
        name=body.name,
        somtoday_client_id=body.somtoday_client_id,
        somtoday_client_secret=body.somtoday_client_secret,
        required_datavelden=tuple(body.required_datavelden),
        optional_datavelden=tuple(body.optional_datavelden),
    )
    return ProductResource.model_validate(await put_product(database, box, wanted))


@router.get("", summary="List the products", operation_id="list_products")
async def list_all(ops: Ops, database: OwnDatabase) -> Page[ProductResource]:
    """Every product on one page: there are only a few."""
    found = await read_products(database, ops.product)
    return Page(items=[ProductResource.model_validate(product) for product in found], next=None)


@router.get(
    "/{code}",
    summary="Show a product",
    operation_id="show_product",
    responses=problem_responses(ErrorCode.NOT_FOUND),
)
async def show(code: CodeInPath, ops: Ops, database: OwnDatabase) -> ProductResource:
    """One product, without its secret."""
    found = [p for p in await read_products(database, ops.product) if p.code == code]
    if not found:
        raise Refusal(ErrorCode.NOT_FOUND)
    return ProductResource.model_validate(found[0])

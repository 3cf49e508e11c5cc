"""What docs/ says of the code, made from the code: OpenAPI, schema, errors, settings, states."""

import json
from importlib import import_module
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from console.koppeling_document import koppeling_document
from console.mails_document import mails_document
from console.settings_document import SERVICES, settings_class, settings_document
from shared.errors.codes import ErrorCode
from shared.settings import ServiceSettings


def documents() -> dict[str, str]:
    """Path below docs/ to content, in a stable form."""
    made = {f"openapi/{name}.json": openapi_document(name) for name in SERVICES}
    return {
        **made,
        "errors.md": _errors(),
        "settings.md": settings_document(),
        "koppeling.md": koppeling_document(),
        "mails.md": mails_document(),
    }


def openapi_document(service: str) -> str:
    """The OpenAPI document of a service, without starting it."""
    return _as_json(unstarted_app(service).openapi())


def unstarted_app(service: str) -> FastAPI:
    """The app of a service, with settings that name nothing real."""
    build: Any = import_module(f"services.{service}.app").build
    app: FastAPI = build(_any_settings(service))
    return app


def _as_json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _any_settings(service: str) -> ServiceSettings:
    """Settings that name nothing real: an app's document does not depend on them."""
    cls = settings_class(service)
    values: dict[str, Any] = {
        field: SecretStr("x") if "SecretStr" in str(info.annotation) else "x"
        for field, info in cls.model_fields.items()
        if info.is_required()
    }
    return cls.model_construct(**values)


def _errors() -> str:
    rows = []
    for error in ErrorCode:
        spec = error.value
        rows.append(f"| `{error.code}` | {int(spec.status)} | {spec.title} | {spec.detail} |")
    head = (
        "# Errors\n\nMade from `shared/errors/codes.py` by `make documents`; do not edit.\n\n"
        "Every error is `application/problem+json` (RFC 9457) with a stable `code` and a Dutch\n"
        "`detail` that a school administrator may be shown.\n\n"
        "| code | status | title | detail |\n| --- | --- | --- | --- |\n"
    )
    return head + "\n".join(rows) + "\n"

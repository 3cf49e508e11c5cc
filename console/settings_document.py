"""docs/settings.md, made from the settings of each service."""

from importlib import import_module

from pydantic.fields import FieldInfo

from shared.settings import ServiceSettings

SERVICES = ("connector", "importer", "licensing")
_HEAD = """# Settings

Made from each service's `settings.py` by `make documents`; do not edit.

Every setting is an environment variable. A service without one that has no default refuses to
start and names it; no secret has a default.
"""
_TABLE = "| variable | default | what it is |\n| --- | --- | --- |\n"


def settings_class(service: str) -> type[ServiceSettings]:
    """The settings of a service."""
    module = import_module(f"services.{service}.settings")
    found: type[ServiceSettings] = getattr(module, f"{service.title()}Settings")
    return found


def settings_document() -> str:
    """Every variable of every service, with its default and what it is."""
    return _HEAD + "".join(f"\n## {name}\n\n{_TABLE}{_rows(name)}" for name in SERVICES)


def _rows(service: str) -> str:
    cls = settings_class(service)
    prefix = cls.model_config.get("env_prefix", "")
    return "".join(
        f"| `{(prefix + field).upper()}` | {_default(info)} | {info.description} |\n"
        for field, info in cls.model_fields.items()
    )


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    return "none" if info.default is None else f"`{info.default}`"

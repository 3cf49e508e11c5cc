"""A service's image holds `shared/` and its own folder, nothing of another service."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    "connector": ["app", "worker"],
    "importer": ["app", "worker"],
    "licensing": ["app", "worker"],
    "sandbox": ["app"],
}
_IMPORTED = "all imported"
Alone = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Import a service's modules from a folder with nothing else, then make its app; once each."""
    done: dict[str, subprocess.CompletedProcess[str]] = {}

    def run(service: str) -> "subprocess.CompletedProcess[str]":
        if service not in done:
            done[service] = _run_alone(service, tmp_path_factory.mktemp(service))
        return done[service]

    return run


def _run_alone(service: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    (folder / "services").mkdir()
    shutil.copy(ROOT / "services" / "__init__.py", folder / "services")
    shutil.copytree(ROOT / "services" / service, folder / "services" / service)
    if service != "sandbox":
        shutil.copytree(ROOT / "shared", folder / "shared")
    imports = "; ".join(f"import services.{service}.{module}" for module in MODULES[service])
    where = "import services; assert services.__file__.startswith(sys.argv[1])"
    # -S -E would lose site-packages; the copy comes first on the path instead.
    code = (
        f"import sys; sys.path.insert(0, sys.argv[1]); {imports}; {where}; "
        f"print({_IMPORTED!r}); services.{service}.app.create_app()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=folder,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("service", MODULES)
def test_a_service_imports_alone(alone: Alone, service: str) -> None:
    done = alone(service)
    assert _IMPORTED in done.stdout, done.stderr


@pytest.mark.parametrize("service", ["connector", "importer", "licensing"])
def test_a_service_without_settings_refuses_and_names_them(alone: Alone, service: str) -> None:
    done = alone(service)
    assert done.returncode == 1
    assert f"{service.upper()}_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr

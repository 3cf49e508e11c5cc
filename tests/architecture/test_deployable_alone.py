"""A service's image holds `shared/` and its own folder, nothing of another service."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    "connector": ["app", "worker"],
    "importer": ["app", "worker"],
    "licensing": ["app"],
    "sandbox": ["app"],
}


@pytest.mark.parametrize("service", MODULES)
def test_a_service_imports_alone(service: str, tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    shutil.copy(ROOT / "services" / "__init__.py", tmp_path / "services")
    shutil.copytree(ROOT / "services" / service, tmp_path / "services" / service)
    if service != "sandbox":
        shutil.copytree(ROOT / "shared", tmp_path / "shared")
    imports = "; ".join(f"import services.{service}.{module}" for module in MODULES[service])
    where = "import services; assert services.__file__.startswith(sys.argv[1])"
    # -S -E would lose site-packages; the copy comes first on the path instead.
    code = f"import sys; sys.path.insert(0, sys.argv[1]); {imports}; {where}"
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", ["connector", "importer", "licensing"])
def test_a_service_without_settings_refuses_and_names_them(service: str) -> None:
    start = f"from services.{service}.app import create_app; create_app()"
    command = [sys.executable, "-c", start]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"{service.upper()}_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr

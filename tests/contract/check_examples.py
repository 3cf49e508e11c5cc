"""Run every shell block of the pages of examples, each page in one shell and an environment anew.

Not part of the test suite, because it needs curl: `make examples`.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.environment import Environment, local_environment
from deploy.local.programs import inherited

_DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Each page with the fewest blocks it has, so that a page that lost its blocks is noticed.
_PAGES = {"api.md": 10, "connector.md": 8}
_SECONDS = 180


def main() -> int:
    """Exit code 0 when every block succeeded; what the shell said is printed otherwise."""
    return max(_run(_DOCS / name, fewest) for name, fewest in _PAGES.items())


def _run(page: Path, fewest: int) -> int:
    blocks = _BLOCK.findall(page.read_text())
    if len(blocks) < fewest:
        print(f"only {len(blocks)} shell blocks found in {page.name}")  # noqa: T201
        return 1
    script = "\n".join(["set -euo pipefail", *blocks])
    with local_environment() as environment, tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env={**inherited(), **environment.variables(), **_command(environment)},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    if done.returncode != 0:
        print(done.stdout[-4000:], done.stderr[-4000:])  # noqa: T201
    print(f"{len(blocks)} blocks of {page.name} ran, exit code {done.returncode}")  # noqa: T201
    return abs(done.returncode)


def _command(environment: Environment) -> dict[str, str]:
    """The `koppeling` command on the path, with the database that it makes keys in."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited()['PATH']}"
    return {"PATH": path, "DATABASE_URL": environment.databases.owner}


if __name__ == "__main__":
    sys.exit(main())

"""Run every shell block of docs/api.md, in order and in one shell, against a local environment.

Not part of the test suite, because it needs curl: `make examples`.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.environment import local_environment
from deploy.local.programs import inherited

_PAGE = Path(__file__).parents[2] / "docs" / "api.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FEWEST_BLOCKS = 10
_SECONDS = 180


def main() -> int:
    """Exit code 0 when every block succeeded; what the shell said is printed otherwise."""
    blocks = _BLOCK.findall(_PAGE.read_text())
    if len(blocks) < _FEWEST_BLOCKS:
        print(f"only {len(blocks)} shell blocks found in {_PAGE.name}")  # noqa: T201
        return 1
    script = "\n".join(["set -euo pipefail", *blocks])
    with local_environment() as environment, tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env={**inherited(), **environment.variables()},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    if done.returncode != 0:
        print(done.stdout[-4000:], done.stderr[-4000:])  # noqa: T201
    print(f"{len(blocks)} blocks of {_PAGE.name} ran, exit code {done.returncode}")  # noqa: T201
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

import subprocess
import sys

import pytest
import typer

from console.main import SUBCOMMANDS
from tests.fixtures.servers import ROOT

# What takes long to import, and what needs each of them.
_HEAVY = ("alembic", "fastapi", "httpx", "jinja2", "psycopg", "pydantic", "sqlalchemy", "uvicorn")


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_list_says_of_each_subcommand_what_it_says_of_itself(name: str) -> None:
    subcommand = SUBCOMMANDS[name]
    found = subcommand.load()
    if isinstance(found, typer.Typer):
        assert found.registered_commands
    else:
        assert found.__doc__.splitlines()[0] == subcommand.help


def test_help_imports_nothing_that_takes_long() -> None:
    code = (
        "import sys; sys.argv = ['koppeling', '--help']\n"
        "from console.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print(*(name for name in {_HEAVY} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stderr.split() == []
    assert all(name in done.stdout for name in SUBCOMMANDS)

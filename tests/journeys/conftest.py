import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.main import main
from deploy.demo.peers import Peers, answer_of
from deploy.demo.steps import Play
from deploy.local.environment import Environment, local_environment
from deploy.local.programs import inherited

Command = Callable[..., "subprocess.CompletedProcess[str]"]
_PROGRAM = Path(sys.executable).parent / "koppeling"


@pytest.fixture(scope="session")
def environment() -> Iterator[Environment]:
    """Every process of the demo, once for all journeys of a pytest worker."""
    with local_environment() as running:
        yield running


@pytest.fixture
def peers(environment: Environment) -> Iterator[Peers]:
    with Peers(environment) as opened:
        yield opened
        answer_of(opened.sandbox.delete("/sandbox/faults"))


@pytest.fixture
def new_play(peers: Peers) -> Callable[..., Play]:
    """A school of its own for a journey, with its Connectkoppeling not yet created."""

    def make(brin: str, pupils: int = 120) -> Play:
        name = f"Journey {brin}"
        plan = {"naam": name, "brin": brin, "pupils": pupils, "seed": 7}
        answer_of(peers.sandbox.post("/sandbox/schools", json=plan))
        return Play(peers, brin, name, contact_email=f"beheer@{brin.lower()}.example")

    return make


@pytest.fixture
def imported(new_play: Callable[..., Play]) -> Callable[..., Play]:
    """A school whose first import has been applied."""

    def make(brin: str, pupils: int = 120) -> Play:
        play = new_play(brin, pupils)
        play.create_connectkoppeling()
        play.activate()
        run = play.import_plan()
        play.choose(run)
        play.apply(run)
        return play

    return make


@pytest.fixture
def koppeling(environment: Environment) -> Command:
    """The command as ops run it, against the services of the environment."""

    def run(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [_PROGRAM, *words],
            env={**inherited(), **_known(environment), **given},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def koppeling_here(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The same command without a process of its own, for its many short answers."""

    def run(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
        for name, value in {**_known(environment), **given}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["koppeling", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(words, code, told.out, told.err)

    return run


def _known(environment: Environment) -> dict[str, str]:
    return {**environment.variables(), "DATABASE_URL": environment.databases.owner}

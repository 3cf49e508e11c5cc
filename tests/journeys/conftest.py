from collections.abc import Callable, Iterator

import pytest

from deploy.demo.peers import Peers, answer_of
from deploy.demo.steps import Play
from deploy.local.environment import Environment, local_environment


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

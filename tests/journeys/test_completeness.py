"""A list that was not proven whole offers nobody for archiving, from sandbox to controlescherm."""

from collections.abc import Callable

from deploy.demo.peers import answer_of
from deploy.demo.steps import Play

# Two pages of pupils at a vestiging; the second one begins a row too late at every look.
_PUPILS = 420
_MOVING = {"match": "/leerling.*offset=199", "kind": "skip_row"}


def test_a_list_that_moves_between_looks_offers_nobody_for_archiving(
    imported: Callable[..., Play],
) -> None:
    play = imported("90AM", _PUPILS)
    week = answer_of(play.peers.sandbox.post(f"/sandbox/schools/{play.brin}/next-week"))
    assert week["left"]
    answer_of(play.peers.sandbox.put("/sandbox/faults", json=[_MOVING]))
    run = play.import_plan()
    assert "pages_moved" in {one["code"] for one in run["problems"]}
    assert run["summary"]["pupils"]["archive"] == 0
    # Only what was not proven is held back.
    assert run["summary"]["employees"]["archive"] == len(week["teachers_left"]) > 0

    answer_of(play.peers.sandbox.delete("/sandbox/faults"))
    whole = play.import_plan()
    assert whole["problems"] == []
    assert whole["summary"]["pupils"]["archive"] == len(week["left"])

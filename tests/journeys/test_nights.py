"""Imports that begin by themselves, through every process and to the school's inbox."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from deploy.demo.peers import answer_of
from deploy.demo.steps import Play, until
from shared.clock import AMSTERDAM, now


def _night(play: Play) -> dict[str, Any]:
    """Have the school's import begin at this hour of the day, and see what becomes of it."""
    administrator = play.peers.administrator(play.school_id)
    # Whatever its own minute is, it lies in the first half of the window.
    opens, closes = (now().astimezone(AMSTERDAM) + timedelta(minutes=at) for at in (-61, 61))
    window = {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
    path = "/v1/import-schedule"
    answer_of(administrator.put(path, json={"is_on": True, **window}, headers={"If-Match": "*"}))

    def ended() -> dict[str, Any] | None:
        nights = answer_of(administrator.get("/v1/import-nights"))["items"]
        return next((dict(night) for night in nights if night["outcome"] is not None), None)

    return until(ended, "a night to come to its end")


def _left(play: Play) -> dict[str, int]:
    """What an import by hand would still do, by action."""
    counts = play.import_plan()["summary"]["people"]
    return {action: count for action, count in counts.items() if count}


def test_a_night_adds_and_updates_by_itself_and_archives_nobody(
    imported: Callable[..., Play],
) -> None:
    play = imported("97AA", 60)
    before = {person["id"] for person in play.people("pupil")}
    play.next_week()
    night = _night(play)
    assert (night["outcome"], night["started_by"], night["note"]) == ("applied", "automatic", None)
    after = {person["id"] for person in play.people("pupil")}
    assert before < after, "who came is there, and who left is not archived"
    assert _left(play).keys() == {"archive"}


def test_a_night_that_stops_at_a_brake_changes_nothing_and_mails_the_school(
    imported: Callable[..., Play],
) -> None:
    play = imported("97AB", 60)
    before = play.people("pupil")
    answer_of(play.peers.sandbox.post(f"/sandbox/schools/{play.brin}/leave", json={"share": 0.5}))
    night = _night(play)
    assert night["outcome"] == "held"
    assert play.people("pupil") == before
    mail = play.mail("import")
    assert play.school_name in mail["text"]
    told = [line[2:] for line in mail["text"].splitlines() if line.startswith("- ")]
    assert "30 van de 60 leerlingen zouden worden gearchiveerd." in told
    assert night["note"] == " ".join(told)
    gone = [row for row in play.changes({"id": night["import_id"]}) if row["action"] == "archive"]
    people = [row for row in gone if row["kind"] == "person"]
    assert len(people) >= 30
    assert not any(row["chosen"] for row in people)

"""The seven steps as one test, then a week later and the school's own CSV."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from deploy.demo.peers import answer_of
from deploy.demo.steps import Play
from tests.journeys.expected_week import expected_changes, found_changes
from tests.journeys.known_roster import known_roster, recorded_changes


def _counts(run: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {
        kind: {action: count for action, count in counts.items() if count}
        for kind, counts in run["summary"].items()
        if any(counts.values())
    }


def test_a_school_goes_from_wanting_the_koppeling_to_its_first_license(
    new_play: Callable[..., Play],
) -> None:
    play = new_play("90AA")
    play.create_connectkoppeling()
    koppeling = play.activate()
    assert [site["codes"] for site in koppeling["vestigingen"]] != []
    mail = play.confirmation_mail()
    assert "Numo" in mail["subject"]
    assert play.school_name in mail["text"]

    run = play.import_plan()
    assert _counts(run).keys() == {"people", "pupils", "employees", "groups", "memberships"}
    assert run["summary"]["pupils"]["add"] == 120
    rows = play.changes(run)
    assert len(rows) == sum(sum(c.values()) for k, c in run["summary"].items() if k != "people")
    assert {row["action"] for row in rows} == {"add"}
    left_out = next(row["id"] for row in rows if row["role"] == "pupil")
    play.choose(run, **{left_out: False})
    play.apply(run)
    assert len(play.people("pupil")) == 119
    outcomes = [row["outcome"] for row in play.changes(run) if row["kind"] == "person"]
    assert outcomes.count("not_chosen") == 1
    assert set(outcomes) == {"applied", "not_chosen"}

    again = play.import_plan()
    assert again["summary"]["pupils"]["add"] == 1
    play.choose(again)
    play.apply(again)
    assert _counts(play.import_plan()) == {}


def test_the_first_start_uses_a_license_and_no_other_and_who_are_one_count_once(
    imported: Callable[..., Play],
) -> None:
    play = imported("90AD", 30)
    play.grant_licenses(5)
    pupil, other = (person["id"] for person in play.people("pupil")[:2])
    first = play.start(pupil, "sprongtoets")
    assert (first.answer["license_used_now"], first.answer["licenses_left"]) == (True, 4)
    assert play.start(pupil, "oefening").answer["license_used_now"] is False
    assert play.send_start(first.body, first.headers).answer == first.answer
    assert play.start(other, "oefening").answer["licenses_left"] == 3
    assert (play.license_pool()["granted"], play.license_pool()["used"]) == (5, 2)
    _merge(play, other, pupil)
    deadline = time.monotonic() + 30
    while play.license_pool()["used"] != 1:
        assert time.monotonic() < deadline, "licensing never heard of it"
        time.sleep(0.05)
    assert play.start(pupil, "oefening").answer["license_used_now"] is False
    late = play.start(other, "oefening")
    assert late.answer["license_used_now"] is False, "kept under the id that went"
    assert (play.license_pool()["granted"], play.license_pool()["used"]) == (5, 1)
    assert _counts(play.import_plan()) == {}, "Somtoday goes on having them twice"


def _merge(play: Play, gone: str, stays: str) -> None:
    administrator = play.peers.administrator(play.school_id)
    path = f"/v1/people/{gone}/merge-into/{stays}"
    seen = administrator.get(path)
    assert answer_of(seen)["objections"] == ["both_in_source", "eck_ids_differ"]
    headers = {"If-Match": seen.headers["ETag"], "Idempotency-Key": "merge"}
    body = {"ground": "asked_the_school"}
    answer_of(administrator.post(path, json=body, headers=headers))


def test_a_later_import_shows_exactly_what_happened_at_school(
    imported: Callable[..., Play],
) -> None:
    play = imported("90AB", 300)
    for _ in range(3):
        before = known_roster(play)
        report = play.next_week()
        run = play.import_plan()
        play.choose(run)
        play.apply(run)
        changes = recorded_changes(play, run["id"])
        assert changes
        assert found_changes(changes) == expected_changes(report, before)
        assert len(changes) == len(found_changes(changes))
        assert {change["outcome"] for change in changes} == {"applied"}
        assert _counts(play.import_plan()) == {}
        after = known_roster(play)
        gone = {who["uuid"] for who in report["left"]}
        come = {who["uuid"] for who in (*report["joined"], *report["returned"])}
        assert after.active("pupil") == (before.active("pupil") - gone) | come
        assert not [member for member in after.members if member[0] in gone]


def test_the_schools_own_csv_finds_nothing_to_change(imported: Callable[..., Play]) -> None:
    play = imported("90AC")
    run = play.upload(play.export())
    assert (_counts(run), run["problems"]) == ({}, [])
    play.next_week()
    changed = play.upload(play.export())
    assert _counts(changed)["pupils"].keys() == {"add", "update", "archive"}
    play.choose(changed)
    play.apply(changed)
    assert _counts(play.upload(play.export())) == {}


@pytest.mark.parametrize(
    ("brin", "fault"),
    [
        ("90AE", {"kind": "skip_row"}),
        ("90AF", {"kind": "wrong_type", "field": "achternaam"}),
        ("90AG", {"kind": "missing_field", "field": "uuid"}),
    ],
    ids=["skipped", "wrong type", "no uuid"],
)
def test_a_pupil_whom_somtoday_fails_to_show_is_not_taken_for_a_leaver(
    imported: Callable[..., Play], brin: str, fault: dict[str, str]
) -> None:
    play = imported(brin)
    answer_of(play.peers.sandbox.put("/sandbox/faults", json=[{"match": "/leerling", **fault}]))
    run = play.import_plan()
    assert run["problem_count"] > 0
    assert _counts(run) == {}

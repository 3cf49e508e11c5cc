"""The `koppeling` command as ops and developers use it, against running services."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import psycopg

from deploy.demo.steps import LICENSE_PRODUCT, Play
from deploy.local.environment import Environment
from tests.fixtures.callers import settle
from tests.journeys.conftest import Command


def test_activating_shows_what_is_missing_and_then_that_it_is_active(
    koppeling: Command, koppeling_here: Command, new_play: Callable[..., Play]
) -> None:
    play = new_play("92AA", 30)
    words = ("activate", play.school_name, "92AA", "beheer@92aa.example")
    first = koppeling(*words)
    assert (first.returncode, first.stderr) == (0, "")
    assert "waiting" in first.stdout
    assert "Connectkoppeling" in first.stdout
    play.create_connectkoppeling()
    found = play.peers.connector.get("/v1/koppelingen", params={"brin": "92AA"}).json()["items"][0]
    play.peers.connector.post(f"/v1/koppelingen/{found['id']}/verify")
    play.activate()
    again, listed = koppeling_here(*words), koppeling_here("status", "92AA", "--state", "active")
    assert "active" in again.stdout
    assert found["id"] not in listed.stdout
    assert found["id"] in koppeling_here("status", "92AA", "--ids").stdout
    assert "92AA" not in koppeling_here("status", "--state", "ended").stdout


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "given.csv"
    path.write_bytes(content)
    return path


def test_a_school_may_be_called_anything(koppeling_here: Command) -> None:
    made = koppeling_here("activate", "College [/red] [bold]x", "92AC", "beheer@92ac.example")
    assert made.returncode == 0
    assert "College [/red] [bold]x" in koppeling_here("status", "92AC").stdout


def test_a_koppeling_is_paused_resumed_verified_and_ended_by_its_brin(
    koppeling_here: Command, new_play: Callable[..., Play]
) -> None:
    play = new_play("92AF", 30)
    play.create_connectkoppeling()
    play.activate()
    for words, state in (
        (("pause", "92af"), "paused"),
        (("resume", "92AF"), "active"),
        (("verify", "92AF"), "active"),
        (("end", "92AF", "--reason", "Contract opgezegd", "--product", "numo"), "ended"),
    ):
        done = koppeling_here(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert state in done.stdout.splitlines()[3]
    told = koppeling_here("history", "92AF").stdout
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.splitlines()[3:-1]]
    assert [row[3] for row in rows][-4:] == ["pause", "resume", "confirmed", "end"]
    assert rows[-1][5] == "Contract opgezegd"
    refused = koppeling_here("pause", "92AF")
    assert (refused.returncode, "request" in refused.stderr) == (1, True)


def test_a_file_of_schools_is_activated_and_says_which_rows_were_refused(
    koppeling_here: Command, tmp_path: Path
) -> None:
    head = "\ufeffschool_name;brin;contact_email;end_on\r\n"
    good = "Eerste;92AG;a@92ag.example;\r\nTweede;92ah;b@92ah.example;2099-07-31\r\n"
    bad = "Derde;9;geen adres;\r\n"
    done = koppeling_here("activate", "--file", str(_file(tmp_path, (head + good + bad).encode())))
    assert done.returncode == 1
    assert "1 of 3 rows were refused" in done.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines()]
    states = [row[:3] + row[4:5] for row in rows if row]
    assert states == [
        ["2", "Eerste", "92AG", "requested"],
        ["3", "Tweede", "92ah", "requested"],
        ["4", "Derde", "9", "refused"],
    ]
    assert "contact_email: vul" in done.stdout
    again = koppeling_here("activate", "--file", str(_file(tmp_path, (head + good).encode())))
    assert (again.returncode, again.stderr) == (0, "")
    assert "92AH" in koppeling_here("status", "92AH").stdout
    for content, says in ((b"naam;brin\n", "must name school_name"), (b"\xff", "UTF-8")):
        wrong = koppeling_here("activate", "--file", str(_file(tmp_path, content)))
        assert (wrong.returncode, says in wrong.stderr) == (1, True)
        assert "Traceback" not in wrong.stderr


def test_what_was_put_right_is_looked_at_again(
    koppeling_here: Command, new_play: Callable[..., Play]
) -> None:
    play = new_play("92AD", 30)
    play.create_connectkoppeling()
    wrong = koppeling_here("activate", "Een andere naam", "92AD", "beheer@92ad.example")
    assert "organisation_name_differs" in wrong.stdout
    right = koppeling_here("activate", play.school_name, "92AD", "beheer@92ad.example")
    assert "active" in right.stdout.splitlines()[3]
    again = koppeling_here("activate", "Een andere naam", "92AD", "beheer@92ad.example")
    assert play.school_name in again.stdout
    assert "Een andere naam" not in again.stdout


def test_an_import_by_brin_is_shown_and_applied(
    koppeling: Command, koppeling_here: Command, imported: Callable[..., Play], tmp_path: Path
) -> None:
    play = imported("92AB", 30)
    play.next_week()
    shown = koppeling("import", "92ab")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "would change" in shown.stdout
    assert "chosen: add, update; not chosen: archive, clear" in shown.stdout
    refused = koppeling_here(
        "import", "92ab", "--csv", str(_file(tmp_path, b"PK\x03\x04 geen CSV"))
    )
    assert (refused.returncode, "file_not_readable" in refused.stderr) == (1, True)
    applied = koppeling_here("import", str(play.school_id), "--apply", "--archive")
    assert "chosen of what would change" in applied.stdout
    assert "applied: done of what was chosen" in applied.stdout
    export = tmp_path / "export.csv"
    export.write_bytes(play.export())
    nothing = koppeling_here("import", "92AB", "--csv", str(export))
    assert nothing.returncode == 0
    broken = export.read_bytes().splitlines(keepends=True)
    broken[3] = broken[3].replace(b";", b";;", 2)
    some = koppeling_here("import", "92AB", "--csv", str(_file(tmp_path, b"".join(broken))))
    assert "regel 4" in some.stdout
    rows = [line.replace("│", " ").split() for line in nothing.stdout.splitlines() if "│" in line]
    assert {tuple(row[1:]) for row in rows} == {("0",) * 6}


def test_a_mail_can_be_seen_beforehand(koppeling_here: Command) -> None:
    nothing = {"DATABASE_URL": "", "KOPPELING_API_KEY": ""}
    shown = koppeling_here("mails", "preview", "waiting", **nothing)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Subject: Nog één stap")
    page = koppeling_here("mails", "preview", "ops_digest", "--html", **nothing)
    assert (page.returncode, page.stderr) == (0, "")
    assert page.stdout.startswith("<!DOCTYPE html>")
    assert page.stdout.rstrip().endswith("</html>")


async def test_a_mail_that_was_given_up_is_seen_and_sent_after_all(
    koppeling_here: Command, new_play: Callable[..., Play], environment: Environment
) -> None:
    play = new_play("92AE", 30)
    koppeling_here("activate", play.school_name, "92AE", "beheer@92ae.example")
    bury = (
        "UPDATE outbox o SET dead_at = now(), done_at = NULL FROM koppeling k, school s "
        "WHERE o.subject_id = k.id AND s.id = k.school_id AND s.brin = '92AE' "
        "AND o.topic LIKE 'mail.%' AND o.done_at IS NOT NULL RETURNING o.id"
    )
    buried = ""

    async def is_buried() -> bool:
        nonlocal buried
        with psycopg.connect(environment.databases.owner) as connection:
            (buried,) = connection.execute(bury).fetchone() or ("",)
        return buried != ""

    await settle(is_buried)
    listed = koppeling_here("dead-letters", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert str(buried) in listed.stdout
    assert "mail.koppeling_waiting" in listed.stdout
    for _ in range(2):
        again = koppeling_here("dead-letters", "retry", str(buried))
        assert f"mail.koppeling_waiting {buried}" in again.stdout
    assert str(buried) not in koppeling_here("dead-letters", "list").stdout


def test_licenses_are_granted_by_order_shown_and_may_be_overdrawn(
    koppeling_here: Command, new_play: Callable[..., Play]
) -> None:
    play = new_play("92AK", 30)
    play.create_connectkoppeling()
    play.activate()
    play.grant_licenses(1)
    product = LICENSE_PRODUCT
    for _ in range(2):
        granted = koppeling_here("licenses", "grant", "92ak", product, "5", "--order", "K-1")
        assert (granted.returncode, granted.stdout) == (0, "6 granted, 0 used, 6 left\n")
    spent = koppeling_here("licenses", "grant", "92AK", product, "--order", "K-2", "--", "-9")
    assert (spent.returncode, "amount" in spent.stderr) == (1, True)
    assert koppeling_here("licenses", "overdraft", "92AK", product, "2").returncode == 0
    shown = koppeling_here("licenses", "show", "92AK").stdout.split("\n")
    assert [cell.strip() for cell in shown[4].split("│")[1:6]] == [product, "6", "0", "6", "0"]
    assert koppeling_here("licenses", "overdraft", "92AK", "iets-anders", "2").returncode == 1
    assert koppeling_here("licenses", "checks").returncode == 0
    assert koppeling_here("dead-letters", "list", "--service", "licensing").returncode == 0


def test_a_schools_nights_are_shown_and_set_and_the_rest_stays(
    koppeling_here: Command, new_play: Callable[..., Play]
) -> None:
    play = new_play("92AV", 30)
    play.create_connectkoppeling()
    play.activate()
    shown = koppeling_here("schedule", "show", "92AV")
    assert (shown.returncode, shown.stdout.startswith("off, between ")) == (0, True)
    done = koppeling_here(
        "schedule", "set", "92AV", "--on", "--opens", "00:30", "--closes", "04:00"
    )
    first, second = done.stdout.splitlines()
    assert first == "on, between 00:30 and 04:00, archives nobody"
    assert second.startswith("next at ")
    again = koppeling_here("schedule", "set", "92AV", "--archive").stdout.splitlines()
    assert again == ["on, between 00:30 and 04:00, archives who was absent twice", second]
    holidays = "2099-12-21:2100-01-01:Kerst: twee weken"
    dark = koppeling_here("schedule", "set", "92AV", "--dark", holidays).stdout.splitlines()
    told = "not from 2099-12-21 to 2100-01-01 (Kerst: twee weken)"
    assert dark == [again[0], told, second], "the rest stays as it was"
    light = koppeling_here("schedule", "set", "92AV", "--not-dark", "2099-12-25")
    assert light.stdout.splitlines() == again
    refused = koppeling_here("schedule", "set", "92AV", "--closes", "01:00")
    assert (refused.returncode, "invalid_request" in refused.stderr) == (1, True)
    assert koppeling_here("koppeling-ends").returncode == 0


def test_a_key_is_made_used_and_revoked(koppeling_here: Command) -> None:
    made = koppeling_here("keys", "create", "Test ops", "--scope", "ops", "--days", "1")
    key = made.stdout.strip()
    assert key.startswith("kpl_")
    assert koppeling_here("status", KOPPELING_API_KEY=key).returncode == 0
    listed = koppeling_here("keys", "list")
    assert key not in listed.stdout
    (line,) = [line for line in listed.stdout.splitlines() if "Test ops" in line]
    key_id = str(UUID(line.split("│")[1].strip()))
    assert koppeling_here("keys", "revoke", key_id).returncode == 0
    refused = koppeling_here("status", KOPPELING_API_KEY=key)
    assert refused.returncode == 1
    assert "not_authenticated" in refused.stderr


def test_migrating_again_changes_nothing(koppeling_here: Command) -> None:
    done = koppeling_here("migrate")
    assert (done.returncode, done.stdout) == (0, "schema is at head\n")

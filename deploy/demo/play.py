"""The demo: a whole school from "wants the koppeling" to "first license used"."""

from contextlib import ExitStack
from typing import Any

from deploy.demo.peers import Peers, PlayFailedError
from deploy.demo.show import KINDS, Stage
from deploy.demo.steps import Play
from deploy.local.environment import Environment, local_environment

_SCHOOL = ("99ZY", "Waterkant College")
_LICENSES = 100


def demo() -> None:
    """Start everything, play the seven steps, and leave nothing running.

    Raises:
        PlayFailedError: a step did not go as it must.

    """
    stage = Stage()
    with ExitStack() as stack:
        with stage.step("0", "Start Postgres, Redis, services, workers, sandbox, inbox") as step:
            environment = stack.enter_context(local_environment())
            step.tell(f"connector {environment.connector}  importer {environment.importer}")
            step.tell(f"licensing {environment.licensing}  sandbox {environment.sandbox}")
        _play(stage, environment)
    stage.out.print("Nothing is left running. To look around: make serve, and docs/api.md.")


def _play(stage: Stage, environment: Environment) -> None:
    brin, name = _SCHOOL
    with Peers(environment) as peers:
        play = Play(peers, brin, name)
        _connect(stage, play)
        imports = {"first import": _import(stage, play)}
        _licenses(stage, play)
        imports["a week later"] = _week_later(stage, play)
        imports["own CSV"] = _csv(stage, play)
        stage.results(imports, play.license_pool())
    stage.times()


def _connect(stage: Stage, play: Play) -> None:
    with stage.step("1", "Somtoday: the school creates its Connectkoppeling") as step:
        made = play.create_connectkoppeling()
        step.tell(f"product {made['product']}, from {made['begindatum']} to {made['einddatum']}")
    with stage.step("2", "Kurve ops activates; a confirmation mail goes out") as step:
        koppeling = play.activate()
        mail = play.confirmation_mail()
        sites = ", ".join(site["name"] for site in koppeling["vestigingen"])
        step.tell(f"koppeling {koppeling['state']} for {koppeling['school_name']}: {sites}")
        step.tell(f"mail to {play.contact_email}: “{mail['subject']}”")


def _import(stage: Stage, play: Play) -> dict[str, Any]:
    run = _planned(stage, play, "")
    with stage.step("5", "Controlescherm: choose toevoegen, bijwerken, archiveren") as step:
        rows = play.changes(run)
        play.choose(run)
        step.tell(f"{len(rows)} changes shown, all chosen")
    with stage.step("6", "VERDER: apply in one transaction") as step:
        play.apply(run, step.watch)
        step.tell(f"{len(play.people('pupil'))} pupils, {len(play.people('employee'))} employees")
    with stage.step("6b", "The same import again finds nothing to change") as step:
        _nothing(play.import_plan(step.watch))
    return dict(run["summary"])


def _planned(stage: Stage, play: Play, when: str) -> dict[str, Any]:
    with stage.step("3", f"SOMTODAY IMPORT: fetch{when}") as step:
        run = play.fetch(step.watch)
    with stage.step("4", f"Compare with Numo's roster{when}") as step:
        run = play.compared(run, step.watch)
        step.tell(*_counted(run["summary"]))
    return run


def _licenses(stage: Stage, play: Play) -> None:
    with stage.step("7", "License: the first start uses one, later starts use none") as step:
        play.grant_licenses(_LICENSES)
        pupil = play.people("pupil")[0]["id"]
        first = play.start(pupil, "sprongtoets")
        later = play.start(pupil, "oefening")
        repeat = play.send_start(first.body, first.headers)
        used = [started.answer["license_used_now"] for started in (first, later)]
        if used != [True, False] or repeat.answer != first.answer:
            msg = "a license was not used exactly once"
            raise PlayFailedError(msg)
        left = first.answer["licenses_left"]
        step.tell(f"sprongtoets: license used, {left} left; oefening: none used")
        step.tell("the first call repeated: the first answer, nothing changed")


def _week_later(stage: Stage, play: Play) -> dict[str, Any]:
    with stage.step("8", "A week later at school: leavers, joiners, moves, a new name") as step:
        moved = play.next_week()
        told = [f"{what.replace('_', ' ')} {len(found)}" for what, found in moved.items() if found]
        step.tell("Somtoday: " + ", ".join(told))
    run = _planned(stage, play, ", a week later")
    with stage.step("6", "VERDER, a week later") as step:
        play.choose(run)
        play.apply(run, step.watch)
    return dict(run["summary"])


def _csv(stage: Stage, play: Play) -> dict[str, Any]:
    with stage.step("9", "The school's own CSV of the same week finds nothing to change") as step:
        run = play.upload(play.export(), step.watch)
        _nothing(run)
    return dict(run["summary"])


def _nothing(run: dict[str, Any]) -> None:
    if any(any(counts.values()) for counts in run["summary"].values()):
        msg = f"expected nothing to change, found {run['summary']}"
        raise PlayFailedError(msg)


def _counted(summary: dict[str, Any]) -> list[str]:
    found = {
        kind: [f"{count} {action}" for action, count in summary[kind].items() if count]
        for kind in KINDS
    }
    return [f"{kind}: {', '.join(words)}" for kind, words in found.items() if words]

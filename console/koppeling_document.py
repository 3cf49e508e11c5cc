"""docs/koppeling.md: the life of a koppeling, drawn from its table of transitions."""

from datetime import timedelta

from services.connector.domain.koppeling import MAY_FETCH, MEANINGS, TRANSITIONS, VERIFIED, State
from services.connector.domain.mails import OPS_HEAR, RULES
from services.connector.domain.school_messages import school_message
from services.connector.domain.verdict import INSUFFICIENCIES

_HEAD = """# The life of a koppeling

Made from `services/connector/domain/koppeling.py` by `make documents`; do not edit.

What Somtoday shows is an event (`confirmed`, `not_opened`, `insufficient`, `failed`, `too_early`,
`over`), and so is what ops do (`request`, `pause`, `resume`, `end`). An event that a state does not
list is refused with 409 `transition_not_possible`, which says what is possible. What a school is
mailed on its way: [mails.md](mails.md).

"""
_BARRED = f"""
Fetching needs a day inside the stated dates too, and none of these as the koppeling's problem, each
of which stays until a look that Somtoday answers finds otherwise:
{", ".join(sorted(INSUFFICIENCIES))}.
"""


def koppeling_document() -> str:
    """Every state with its meaning, then a diagram of every move from one to another."""
    return "\n".join((_HEAD + _states(), _diagram(), _told()))


def _states() -> str:
    rows = ["| state | meaning | fetch | looked at by itself |", "| --- | --- | --- | --- |"]
    for state in State:
        fetch, looked = (_yes(state in among) for among in (MAY_FETCH, VERIFIED))
        rows.append(f"| `{state}` | {MEANINGS[state]} | {fetch} | {looked} |")
    return "\n".join(rows) + _BARRED


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _told() -> str:
    rows = [
        "## What the school sees, and who is told",
        "",
        "The words are those of `GET /v1/own-koppelingen`, which Numo shows to a schoolbeheerder.",
        "",
        "| state | the school sees | mails to the school | in the daily mail to ops |",
        "| --- | --- | --- | --- |",
    ]
    for state in State:
        kinds = ", ".join(f"`{kind}`" for kind, rule in RULES.items() if state in rule.states)
        rows.append(
            f"| `{state}` | {school_message(state, 'Numo')} | {kinds or '-'} | {_ops(state)} |"
        )
    return "\n".join(rows) + "\n"


def _ops(state: State) -> str:
    if state not in OPS_HEAR:
        return "-"
    after, until = OPS_HEAR[state]
    since = f"after {_span(after)}" if after else "at once"
    return since if until is None else f"{since}, for {_span(until)}"


def _span(time: timedelta) -> str:
    return f"{time.days} days" if time.days > 1 else f"{time // timedelta(hours=1)} hours"


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> requested: request"]
    for state, ways in TRANSITIONS.items():
        events: dict[State, list[str]] = {}
        for event, after in ways.items():
            if after is not state:
                events.setdefault(after, []).append(event)
        lines += [f"    {state} --> {after}: {', '.join(found)}" for after, found in events.items()]
    return "\n".join([*lines, "```"]) + "\n"

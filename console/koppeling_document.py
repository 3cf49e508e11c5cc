"""docs/koppeling.md: the life of a koppeling, drawn from its table of transitions."""

from services.connector.domain.koppeling import MAY_FETCH, MEANINGS, TRANSITIONS, VERIFIED, State
from services.connector.domain.verdict import INSUFFICIENCIES

_HEAD = """# The life of a koppeling

Made from `services/connector/domain/koppeling.py` by `make documents`; do not edit.

What Somtoday shows is an event (`confirmed`, `not_opened`, `insufficient`, `failed`, `too_early`,
`over`), and so is what ops do (`request`, `pause`, `resume`, `end`). An event that a state does not
list is refused with 409 `transition_not_possible`, which says what is possible.

"""
_BARRED = f"""
Fetching needs a day inside the stated dates too, and none of these as the koppeling's problem, each
of which stays until a look that Somtoday answers finds otherwise:
{", ".join(sorted(INSUFFICIENCIES))}.
"""


def koppeling_document() -> str:
    """Every state with its meaning, then a diagram of every move from one to another."""
    return _HEAD + _states() + "\n" + _diagram()


def _states() -> str:
    rows = ["| state | meaning | fetch | looked at by itself |", "| --- | --- | --- | --- |"]
    for state in State:
        fetch, looked = (_yes(state in among) for among in (MAY_FETCH, VERIFIED))
        rows.append(f"| `{state}` | {MEANINGS[state]} | {fetch} | {looked} |")
    return "\n".join(rows) + _BARRED


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> requested: request"]
    for state, ways in TRANSITIONS.items():
        events: dict[State, list[str]] = {}
        for event, after in ways.items():
            if after is not state:
                events.setdefault(after, []).append(event)
        lines += [f"    {state} --> {after}: {', '.join(found)}" for after, found in events.items()]
    return "\n".join([*lines, "```"]) + "\n"

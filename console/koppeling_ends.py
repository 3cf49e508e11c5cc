"""`koppeling koppeling-ends`: schools whose koppeling is over, and what they answered."""

from rich.table import Table

from console.output import terminal
from console.paged import every_item
from console.peers import peer


def koppeling_ends() -> None:
    """Schools whose koppeling is over, and whether they said what becomes of their people."""
    table = Table("school", "BRIN", "why", "over since", "answer by", "standing", "answer")
    with peer("connector") as client:
        known = {one["school_id"]: one for one in every_item(client, "/v1/koppelingen")}
    with peer("importer") as client:
        for one in every_item(client, "/v1/koppeling-ends"):
            late = " (late)" if one["is_late"] else ""
            table.add_row(
                *named(one["school_id"], known),
                *(one["why"], one["ended_at"][:10]),
                *(f"{one['answer_by']}{late}", one["standing"], one["answer"] or ""),
            )
    terminal().print(table)


def named(school_id: str, known: dict[str, dict[str, str]]) -> tuple[str, str]:
    """The name and BRIN of a school; its id where no koppeling tells them."""
    found = known.get(school_id)
    return (found["school_name"], found["brin"]) if found else (school_id, "")

"""`koppeling koppeling-ends`: schools whose koppeling is over, and what they answered."""

from rich.table import Table

from console.output import terminal
from console.paged import every_item
from console.peers import peer


def koppeling_ends() -> None:
    """Schools whose koppeling is over, and whether they said what becomes of their people."""
    table = Table("school", "why", "over since", "answer by", "standing", "answer")
    with peer("importer") as client:
        for one in every_item(client, "/v1/koppeling-ends"):
            late = " (late)" if one["is_late"] else ""
            table.add_row(
                *(one["school_id"], one["why"], one["ended_at"][:10]),
                *(f"{one['answer_by']}{late}", one["standing"], one["answer"] or ""),
            )
    terminal().print(table)

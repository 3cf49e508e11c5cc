"""What of an earlier plan still holds for the plan that takes its place.

A choice is kept where the change is the very same; a "no" is kept also where its content changed,
so that nothing that somebody left out comes in by itself. Nor does a value that an undo took back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from services.importer.domain.change import Action, Change, Choice


class Difference(StrEnum):
    """How a change relates to the plan before; the same has none."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class EarlierChange:
    """A change of the plan before, with what was chosen of it."""

    id: UUID
    kind: str
    action: str
    identity: str | None
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    chosen: bool
    kept: tuple[str, ...]
    choice: str | None
    undone: tuple[str, ...] = ()


@dataclass
class Carried:
    """What to choose of each new change, how it differs, and which earlier ones are no more.

    Each in the order of the changes; of the same change there is no difference.
    """

    chosen: list[bool] = field(default_factory=list)
    kept: list[tuple[str, ...]] = field(default_factory=list)
    undone: list[tuple[str, ...]] = field(default_factory=list)
    differences: list[Difference | None] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    own_choices: int = 0


def is_chosen_by_default(change: Change, wanted: Collection[Choice | None]) -> bool:
    """Whether a change is chosen when nobody chose it by itself: never what is held by hand."""
    return change.choice in wanted and not _keeps_all(change, change.kept)


def carry_over(
    earlier: Iterable[EarlierChange], changes: Iterable[Change], wanted: Collection[Choice | None]
) -> Carried:
    """Compare two plans; `wanted` is what is chosen as a whole."""
    before: defaultdict[tuple[str, str | None], list[EarlierChange]] = defaultdict(list)
    for old in earlier:
        before[old.kind, old.identity].append(old)
    carried = Carried()
    for change in changes:
        default = is_chosen_by_default(change, wanted)
        known = before.get((change.kind, change.identity), [])
        same = next((old for old in known if _is_same(old, change)), None)
        near = same or next((old for old in known if old.action == change.action), None)
        chosen, kept, difference = default, change.kept, None
        undone = () if near is None else _still_undone(near, change)
        if same is not None:
            held = {*change.held, *undone}
            chosen, kept = same.chosen, tuple(name for name in same.kept if name in held)
            carried.own_choices += same.chosen != default or same.kept != change.kept
        elif known:
            difference = Difference.CHANGED
            if near is not None:
                kept = (*kept, *(name for name in undone if name in near.kept))
                is_no = near.choice is not None and not near.chosen
                chosen = chosen and not is_no and not _keeps_all(change, kept)
        else:
            difference = Difference.NEW
        carried.chosen.append(chosen)
        carried.kept.append(kept)
        carried.undone.append(undone)
        carried.differences.append(difference)
        found = same or near or (known[0] if known else None)
        if found is not None:
            known.remove(found)
    carried.gone = [old.id for rest in before.values() for old in rest]
    return carried


def _keeps_all(change: Change, kept: Collection[str]) -> bool:
    return change.action is Action.UPDATE and set(change.after) <= set(kept)


def _still_undone(old: EarlierChange, change: Change) -> tuple[str, ...]:
    by_hand = set(change.held)
    return tuple(
        name
        for name in old.undone
        if name not in by_hand and (name, old.after[name]) in change.after.items()
    )


def _is_same(old: EarlierChange, change: Change) -> bool:
    return (
        old.action == change.action
        and dict(old.before) == dict(change.before)
        and dict(old.after) == dict(change.after)
    )

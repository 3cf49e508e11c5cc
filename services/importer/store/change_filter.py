"""Rows of a plan by a filter, as SQL conditions."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    all_,
    and_,
    false,
    func,
    literal,
    literal_column,
    not_,
    true,
)

from services.importer.domain.brake import BrakeCode, Scope
from services.importer.domain.carry_over import Difference
from services.importer.domain.change import Action
from services.importer.domain.change_filter import ChangeFilter, of_brake
from services.importer.domain.normalise import bare_name
from services.importer.store.left_without import rows_that_end, rows_that_leave_without
from services.importer.store.tables import import_change

_change = import_change.c
_EQUAL = {
    "kind": _change.kind,
    "action": _change.action,
    "role": _change.role,
    "reason": _change.reason,
    "klas": _change.klas,
    "chosen": _change.chosen,
}
# A plan from before 0029 knows of no klas where it is.
KLAS_VESTIGING = func.coalesce(_change.klas_vestiging, _change.vestiging_code)
# A leerjaar that is one more: as the domain's guard rails tell it.
_RISES = literal_column(r"""
    CASE WHEN import_change.before ->> 'leerjaar' ~ '^[0-9]+$'
        AND import_change.after ->> 'leerjaar' ~ '^[0-9]+$'
    THEN (import_change.after ->> 'leerjaar')::numeric
        = (import_change.before ->> 'leerjaar')::numeric + 1
    ELSE false END
""").cast(Boolean)


def rows_of(run_id: UUID, wanted: ChangeFilter) -> ColumnElement[bool]:
    """The condition that a row of a run is meant; what is gone only when it is asked for."""
    conditions = [_change.run_id == run_id, *_equal(wanted)]
    if wanted.field is not None:
        conditions.append(_change.after.has_key(wanted.field))
    if wanted.held is not None:
        held = func.cardinality(_change.held) > 0
        conditions.append(held if wanted.held else not_(held))
    if wanted.moves_key is not None:
        moves = _change.key_moves.is_not(None)
        conditions.append(moves if wanted.moves_key else not_(moves))
    if wanted.search:
        sought = bare_name(wanted.search).strip()
        # A mark alone, as an accent, is no name: it would be a part of all of them.
        found = _change.search.contains(sought, autoescape=True) if sought else false()
        conditions.append(found)
    conditions.append(_difference(wanted.difference))
    if wanted.brake is not None:
        conditions.append(_braked(run_id, wanted))
    return and_(true(), *conditions)


def _equal(wanted: ChangeFilter) -> Iterator[ColumnElement[bool]]:
    where = _change.vestiging_code if wanted.klas is None else KLAS_VESTIGING
    for name, column in {**_EQUAL, "vestiging": where}.items():
        value = getattr(wanted, name)
        if value is not None:
            yield column == value


def _difference(wanted: Difference | None) -> ColumnElement[bool]:
    if wanted is None:
        return _change.difference.is_distinct_from(Difference.GONE.value)
    return _change.difference == wanted.value


def _braked(run_id: UUID, wanted: ChangeFilter) -> ColumnElement[bool]:
    brake = wanted.brake
    assert brake is not None  # noqa: S101 - the caller looked
    if brake.code is BrakeCode.ADMINISTRATOR_ARCHIVED:
        return and_(_change.subject_id == brake.subject_id, _change.action == Action.ARCHIVE)
    if brake.code is BrakeCode.MANY_WITHOUT_GROUP:
        return and_(rows_that_leave_without(run_id, brake))
    if brake.code is BrakeCode.MANY_MEMBERSHIPS_ENDED:
        return and_(rows_that_end(run_id, brake))
    counted = rows_of(run_id, of_brake(brake))
    if brake.scope is Scope.KLAS and brake.vestiging is None:
        counted = and_(counted, _change.klas_vestiging.is_(None))
    if brake.field is None:
        return counted
    # Replaced or emptied, not filled, and not kept: as the brake counts.
    was = _change.before[brake.field].astext
    counted = and_(counted, was.is_not(None), literal(brake.field) != all_(_change.kept))
    return and_(counted, not_(_RISES)) if brake.but_rises else counted

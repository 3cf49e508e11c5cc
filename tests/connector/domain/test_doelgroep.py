"""The stated doelgroep: what cannot be seen to be inside is outside."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connector.domain.doelgroep import EVERYBODY, Doelgroep, same_word
from shared.roster.document import GroupKind, GroupRecord, PersonRecord, PersonRole

SOORTEN = ["HAVO", "VWO", "VMBO-B"]
VAKKEN = ["bio", "wi", "ne"]
CODES = ["99ZX00", "99ZX01", "99ZX02"]


def some(words: list[Any]) -> st.SearchStrategy[list[Any] | None]:
    return st.none() | st.lists(st.sampled_from(words), min_size=1)


def or_missing(words: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from([*words, *(f" {word.swapcase()} " for word in words)])


doelgroepen = st.builds(Doelgroep.stated, some(CODES), some(SOORTEN), some([1, 2, 3]), some(VAKKEN))
fields = st.fixed_dictionaries(
    {},
    optional={
        "onderwijssoort": or_missing(SOORTEN),
        "leerjaar": or_missing(["1", "2", "3"]),
        "vak": or_missing(VAKKEN),
    },
)


def pupil(fields: dict[str, str | None]) -> PersonRecord:
    return PersonRecord(key="p", ref="p", role=PersonRole.PUPIL, fields=fields)


def group(kind: GroupKind, fields: dict[str, str | None]) -> GroupRecord:
    return GroupRecord(key="g", ref="g", group_kind=kind, fields=fields)


def holds(limit: frozenset[str] | None, word: str | None) -> bool:
    return limit is None or (word is not None and same_word(word) in limit)


@given(doelgroep=doelgroepen, fields=fields, in_lesgroep=st.booleans())
def test_a_pupil_is_inside_only_by_every_limit_that_was_stated(
    *, doelgroep: Doelgroep, fields: dict[str, str | None], in_lesgroep: bool
) -> None:
    inside = doelgroep.admits_pupil(pupil(fields), in_lesgroep=in_lesgroep)
    assert inside == (
        holds(doelgroep.onderwijssoorten, fields.get("onderwijssoort"))
        and holds(doelgroep.leerjaren, fields.get("leerjaar"))
        and (doelgroep.vakken is None or in_lesgroep)
    )


@given(
    doelgroep=doelgroepen,
    fields=fields,
    kind=st.sampled_from(GroupKind),
    has_insider=st.booleans(),
)
def test_a_group_is_inside_only_by_every_limit_that_was_stated(
    *, doelgroep: Doelgroep, fields: dict[str, str | None], kind: GroupKind, has_insider: bool
) -> None:
    inside = doelgroep.admits_group(group(kind, fields), has_insider=has_insider)
    year = holds(doelgroep.onderwijssoorten, fields.get("onderwijssoort")) and holds(
        doelgroep.leerjaren, fields.get("leerjaar")
    )
    by_vak = holds(doelgroep.vakken, fields.get("vak"))
    if kind is GroupKind.STAMGROEP:
        by_vak = doelgroep.vakken is None or has_insider
    assert inside == (year and by_vak)


@given(fields=fields, kind=st.sampled_from(GroupKind), either=st.booleans())
def test_without_a_stated_limit_everybody_is_inside(
    *, fields: dict[str, str | None], kind: GroupKind, either: bool
) -> None:
    assert EVERYBODY.admits_pupil(pupil(fields), in_lesgroep=either)
    assert EVERYBODY.admits_group(group(kind, fields), has_insider=either)
    assert EVERYBODY.admits_employee(leads=either)
    assert EVERYBODY.admits_vestiging([])
    assert Doelgroep.stated() == EVERYBODY


@given(doelgroepen, st.lists(st.sampled_from(CODES), unique=True))
def test_a_vestiging_is_inside_by_the_codes_that_were_stated(
    doelgroep: Doelgroep, codes: list[str]
) -> None:
    inside = doelgroep.codes_inside(codes)
    assert set(inside) <= set(codes)
    assert all(holds(doelgroep.vestigingen, code) for code in inside)
    if doelgroep.vestigingen is not None:
        assert doelgroep.admits_vestiging(codes) is bool(inside)


@pytest.mark.parametrize("leads", [True, False])
def test_an_employee_is_inside_a_narrowed_doelgroep_by_leading_a_group_of_it(
    *, leads: bool
) -> None:
    assert Doelgroep.stated(leerjaren=[3]).admits_employee(leads=leads) is leads
    assert Doelgroep.stated(vestigingen=["99ZX00"]).admits_employee(leads=leads)

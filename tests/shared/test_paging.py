import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal
from shared.paging import decode_cursor, encode_cursor


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_cursor_gives_its_position_back(position: list[str]) -> None:
    assert decode_cursor(encode_cursor(*position), len(position)) == tuple(position)


@pytest.mark.parametrize("cursor", ["x", "é", "!!!!", encode_cursor("one"), "bnVsbA", "MTI"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal) as caught:
        decode_cursor(cursor, 2)
    assert caught.value.error is ErrorCode.INVALID_REQUEST

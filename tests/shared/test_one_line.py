import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.one_line import OneLine

_TEXT: TypeAdapter[str] = TypeAdapter(OneLine)


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "a\nb", "a\ud800", "x" * 201, "\x7f"])
def test_text_that_cannot_be_kept_on_one_line_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        _TEXT.validate_python(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200))
def test_whatever_is_taken_can_be_stored_and_is_only_stripped(text: str) -> None:
    if text.strip():
        assert _TEXT.validate_python(text) == text.strip()
        assert text.encode()

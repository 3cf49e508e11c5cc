import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.change import Action
from services.importer.domain.diff import diff
from services.importer.domain.normalise import bare_name, bare_number, clean, same
from tests.importer.domain.builders import document, pupil, roster, says
from tests.importer.domain.strategies import unhurried

NAMES = [
    "Zoë",
    "Ĳsbrand",
    "Şükrü",
    "Groß",
    "عائشة",
    "🐝",
    "D'Été",
    "A",
    "x" * 300,
    "None",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_written_in_any_way_is_no_change_the_second_time(name: str, form: str) -> None:
    anna = pupil("a", given_name=unicodedata.normalize("NFC", name))
    written = f"\u00a0{unicodedata.normalize(form, name)}\u200b "
    assert diff(roster([anna]), document([says("a", given_name=written)])) == []


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\ufeff", "\x00", "\u2028\t"])
def test_a_blank_name_is_an_empty_one(blank: str) -> None:
    anna = pupil("a", given_name="Anna")
    (change,) = diff(roster([anna]), document([says("a", given_name=blank)]))
    assert (change.action, change.after) == (Action.UPDATE, {"given_name": None})


@unhurried
@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_leaves_one_line(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    if once is not None:
        assert once == " ".join(once.split())
        assert once.encode().decode() == once
        assert not any(unicodedata.category(sign) == "Cc" for sign in once)


@unhurried
@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_cleaned_and_compared_as_it_is_beside_an_accent(text: str) -> None:
    # The accent takes a text off the short way that most of a school goes.
    assert clean(f"{text} é") == " ".join(filter(None, (clean(text), "é")))
    assert bare_name(f"{text}é") == f"{bare_name(text)}e"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [("00123", "123", True), ("0", "000", True), ("1230", "123", False), ("A01", "A1", False)],
)
def test_leading_zeros_of_a_number_do_not_count(one: str, other: str, *, equal: bool) -> None:
    assert (bare_number(one) == bare_number(other)) is equal
    assert same("pupil_number", one, other) is equal


def test_case_counts_in_a_name_and_not_in_an_address() -> None:
    assert not same("family_name", "de Vries", "De Vries")
    assert same("email", "A@b.nl", "a@B.nl")
    assert not same("email", "a@b.nl", None)

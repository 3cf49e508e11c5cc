import pytest
from pydantic import TypeAdapter, ValidationError

from shared.ids import Brin, is_vestiging_code, new_id


def test_ids_are_version_7_and_ordered_by_time() -> None:
    made = [new_id() for _ in range(1000)]
    assert {item.version for item in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_brin_is_normalised() -> None:
    assert TypeAdapter(Brin).validate_python(" 99zx ") == "99ZX"


@pytest.mark.parametrize("text", ["9ZX", "99Z1", "99ZX00", "ZX99", "٩٩ZX", ""])
def test_what_is_not_a_brin_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="BRIN-nummer"):
        TypeAdapter(Brin).validate_python(text)


def test_a_vestiging_code_is_a_brin_and_two_digits() -> None:
    assert is_vestiging_code("99ZX01")
    assert not is_vestiging_code("99ZX")

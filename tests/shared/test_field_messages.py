from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from shared.errors.field_messages import field_message


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]*$")] = "aa"
    number: Annotated[int, Field(ge=0, le=9)] = 1
    flag: bool = True
    id: UUID = UUID(int=1)
    day: date = date(2026, 1, 1)
    hour: time = time(1)
    share: float = 1.0
    name: Annotated[str, Field(min_length=1)] = "A"
    moment: AwareDatetime = datetime.fromisoformat("2026-01-01T00:00:00Z")
    word: Literal["add", "update"] = "add"
    numbers: Annotated[list[int], Field(max_length=1)] = []
    own: str = ""

    @field_validator("own")
    @classmethod
    def _refuse(cls, own: str) -> str:
        if own:
            msg = "dit mag niet"
            raise ValueError(msg)
        return own


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("text", 5, "dit moet tekst zijn"),
        ("text", "a", "dit is te kort (minstens 2 tekens)"),
        ("text", "aaaa", "dit is te lang (hoogstens 3 tekens)"),
        ("text", "A1", "dit heeft niet de juiste vorm"),
        ("number", "x", "dit moet een geheel getal zijn"),
        ("number", 1.5, "dit moet een geheel getal zijn"),
        ("number", -1, "dit moet minstens 0 zijn"),
        ("number", 10, "dit mag hoogstens 9 zijn"),
        ("flag", "nou", "dit moet true of false zijn"),
        ("id", "1", "dit is geen geldige id (UUID)"),
        ("day", "31-12-2026", "dit is geen geldige datum (jjjj-mm-dd)"),
        ("hour", "25:00", "dit is geen geldige tijd (uu:mm)"),
        ("share", "half", "dit moet een getal zijn"),
        ("name", "", "dit mag niet leeg zijn"),
        ("moment", "gisteren", "dit is geen geldig tijdstip (RFC 3339)"),
        ("moment", "2026-01-01T00:00:00", "dit tijdstip noemt geen tijdzone"),
        ("word", "weg", "kies een van: 'add' of 'update'"),
        ("numbers", 1, "dit moet een lijst zijn"),
        ("numbers", [1, 2], "dit zijn er te veel (hoogstens 1)"),
        ("own", "Fenna", "dit mag niet"),
        ("naam", "Fenna", "dit veld bestaat niet"),
    ],
)
def test_what_is_wrong_is_said_in_dutch(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _Body.model_validate({field: value})
    assert [field_message(error) for error in refused.value.errors()] == [message]


def test_a_kind_of_error_that_we_do_not_know_still_gets_a_sentence() -> None:
    assert field_message({"type": "url_parsing"}) == "deze waarde klopt niet"

"""What a service refuses, as the command says it."""

import httpx
import pytest

from console.koppeling_ends import named
from console.mistake import MistakeError
from console.peers import answer_of


def test_a_plan_that_is_held_is_told_with_each_brake() -> None:
    sentence = "10 van de 20 leerlingen zouden worden gearchiveerd."
    brakes = [{"key": "many_archived:role:pupil", "detail": sentence}]
    refused = {"code": "brake_not_confirmed", "title": "A brake was not confirmed"}
    with pytest.raises(MistakeError) as told:
        answer_of(httpx.Response(409, json={**refused, "brakes": brakes}))
    assert str(told.value) == f"brake_not_confirmed: A brake was not confirmed\n  {sentence}"


def test_a_school_is_named_where_the_connector_knows_it() -> None:
    known = {"one": {"school_name": "Waterkant College", "brin": "99ZY"}}
    assert named("one", known) == ("Waterkant College", "99ZY")
    assert named("two", known) == ("two", "")

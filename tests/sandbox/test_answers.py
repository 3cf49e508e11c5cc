"""An answer is given again as it was, for the very view it was about and no other."""

from dataclasses import replace
from datetime import date

from services.sandbox.connect.answers import Answers
from services.sandbox.connect.view import ViewKey
from services.sandbox.datavelden import PRODUCTS
from services.sandbox.koppeling import Doelgroep, Koppeling

_KOPPELING = Koppeling(Doelgroep(frozenset({"kade"})), PRODUCTS["numo"], frozenset(), None, None)
_KEY = ViewKey("99AA", 0, _KOPPELING, "kade", None, date(2026, 11, 25))


def test_an_answer_is_given_again() -> None:
    answers = Answers()
    assert answers.get(_KEY, ("leerling", 0)) is None
    answers.keep(_KEY, ("leerling", 0), b"first page")
    answers.keep(_KEY, ("leerling", 199), b"second page")
    assert answers.get(_KEY, ("leerling", 0)) == b"first page"
    assert answers.get(_KEY, ("leerling", 199)) == b"second page"
    assert answers.get(_KEY, ("medewerker", 0)) is None


def test_whatever_a_view_depends_on_makes_another_answer() -> None:
    ticked = replace(_KOPPELING, ticked=frozenset({"emailadres"}))
    for other in (
        replace(_KEY, version=1),
        replace(_KEY, koppeling=ticked),
        replace(_KEY, today=date(2026, 11, 26)),
        replace(_KEY, vestiging="haven"),
        replace(_KEY, peil="VOLGEND"),
        replace(_KEY, brin="99AB"),
    ):
        answers = Answers()
        answers.keep(_KEY, "page", b"before")
        assert answers.get(other, "page") is None
        answers.keep(other, "page", b"after")
        assert answers.get(other, "page") == b"after"
        # Elsewhere both stand side by side; of one place only the newest is kept.
        kept = b"before" if other.place != _KEY.place else None
        assert answers.get(_KEY, "page") == kept

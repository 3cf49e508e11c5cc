"""Recognise a column of citizen service numbers (BSN) whatever its title is.

A BSN passes the elfproef (Besluit BSN; nl.wikipedia, Burgerservicenummer): nine digits, weights 9
to 2 and -1, the sum divisible by eleven. One in eleven other numbers passes too, so a column is
only taken for BSN's when it has enough different ones and nearly all pass: for eight random
numbers the chance of that is 11 to the power -8, about one in two hundred million.
"""

from collections.abc import Iterable

_DIGITS = 9
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_FEWEST = 8
# Some may be empty, mistyped, or of a pupil who has none yet.
_SHARE = 0.9
_MODULUS = 11


def passes_elfproef(text: str) -> bool:
    """Whether eight or nine digits (the first may be a lost zero) can be a BSN."""
    if not (text.isascii() and text.isdigit() and len(text) in {_DIGITS - 1, _DIGITS}):
        return False
    digits = map(int, text.zfill(_DIGITS))
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return total % _MODULUS == 0 and int(text) > 0


def are_citizen_numbers(values: Iterable[str]) -> bool:
    """Whether the values of a column can hardly be anything but BSN's."""
    plain = {value.strip().replace(".", "").replace(" ", "") for value in values} - {""}
    passing = sum(map(passes_elfproef, plain))
    return passing >= _FEWEST and passing >= _SHARE * len(plain)

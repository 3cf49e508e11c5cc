"""Recognise a column of what Numo must not have by its content, whatever its title is.

A BSN passes the elfproef (Besluit BSN; nl.wikipedia, Burgerservicenummer): nine digits, weights 9
to 2 and -1, the sum divisible by eleven. One in eleven other numbers passes too, so a column is
only taken for BSN's when it has enough different ones and nearly all pass: for eight random
numbers the chance of that is 11 to the power -8, about one in two hundred million. A Dutch IBAN
(NL, check digits, bank, account: ISO 13616) and a mobile number look like nothing else.
"""

import re
from collections.abc import Iterable

_DIGITS = 9
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_FEWEST = 8
# Some may be empty, mistyped, or of a pupil who has none yet.
_SHARE = 0.9
_MODULUS = 11
_NO_DIGITS = re.compile(r"\D+", re.ASCII)
_BLANKS = re.compile(r"[\s.()-]+")
_IBAN = re.compile(r"NL\d\d[A-Z]{4}\d{10}", re.IGNORECASE | re.ASCII)
# A number of ten digits may be a leerlingnummer with a zero in front, but hardly 06 and eight more.
_TELEPHONE = re.compile(r"(?:\+31|0031)[1-9]\d{8}|06\d{8}", re.ASCII)
# The shortest BSN, and an IBAN or a BSN with some words around it: all else is passed by quickly.
_LENGTHS = range(_DIGITS - 1, 60)


def passes_elfproef(text: str) -> bool:
    """Whether eight or nine digits (the first may be a lost zero) can be a BSN."""
    if not (text.isascii() and text.isdigit() and len(text) in {_DIGITS - 1, _DIGITS}):
        return False
    digits = map(int, text.zfill(_DIGITS))
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return total % _MODULUS == 0 and int(text) > 0


def forbidden_kind(cells: Iterable[str]) -> str | None:
    """What a column can hardly be anything but: BSN, IBAN or telefoon; None for all else."""
    values = {cell for cell in cells if len(cell) in _LENGTHS}
    if len(values) < _FEWEST:
        return None
    numbers = {_NO_DIGITS.sub("", value) for value in values}
    numbers = {number for number in numbers if len(number) in {_DIGITS - 1, _DIGITS}}
    if _are_nearly_all(sum(map(passes_elfproef, numbers)), len(numbers)):
        return "BSN"
    plain = {_BLANKS.sub("", value) for value in values}
    for kind, looks in (("IBAN", _IBAN), ("telefoon", _TELEPHONE)):
        if _are_nearly_all(sum(looks.fullmatch(value) is not None for value in plain), len(plain)):
            return kind
    return None


def _are_nearly_all(count: int, of: int) -> bool:
    return count >= _FEWEST and count >= _SHARE * of

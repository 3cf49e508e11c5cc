"""Texts of a workbook: those that its sheets share, and how Excel writes a sign that XML cannot."""

import re
from array import array
from collections.abc import Mapping

from services.importer.sources.raw_rows import LONGEST_CELL

# ECMA-376 part 1, 22.9.2.19: _x000D_ is a carriage return, _x005F_ an underscore.
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_LONGEST = LONGEST_CELL + 1
_SURROGATES = range(0xD800, 0xE000)


class Pieces:
    """Text that comes in pieces; of what is too long for any cell, only that it is."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pieces: list[str] = []
        self._room = _LONGEST

    def add(self, text: str) -> None:
        """Take one more piece."""
        if self._room > 0:
            self._pieces.append(text[: self._room])
            self._room -= len(text)

    def taken(self) -> str:
        """All that came; begins anew."""
        found = "".join(self._pieces)
        self._pieces.clear()
        self._room = _LONGEST
        return _ESCAPE.sub(_sign, found) if "_x" in found else found


def _sign(escape: re.Match[str]) -> str:
    number = int(escape.group(1), 16)
    return "\ufffd" if number in _SURROGATES else chr(number)


class SharedTexts:
    """The texts that cells point at, in two blocks: a str of each would take several times more."""

    tags = ("si", "t", "rPh")
    is_done = False

    def __init__(self) -> None:
        """Begin with none."""
        self._content = bytearray()
        self._ends = array("I", [0])
        self._pieces = Pieces()
        self._in_text = self._in_phonetic = False

    def __getitem__(self, at: int) -> str:
        """The text with a number from 0; an IndexError when there is none."""
        if not 0 <= at < len(self._ends) - 1:
            raise IndexError(at)
        return self._content[self._ends[at] : self._ends[at + 1]].decode()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        """Text counts within `t`, but not as a hint to its pronunciation."""
        if tag == "t":
            self._in_text = not self._in_phonetic
        elif tag == "rPh":
            self._in_phonetic = True

    def end(self, tag: str) -> None:
        """One more text is whole with its `si`."""
        if tag == "t":
            self._in_text = False
        elif tag == "rPh":
            self._in_phonetic = False
        else:
            self._content += self._pieces.taken().encode()
            self._ends.append(len(self._content))

    def text(self, text: str) -> None:
        """Take a piece."""
        if self._in_text:
            self._pieces.add(text)

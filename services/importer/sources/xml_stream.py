"""XML of anybody's making as a stream of events: memory holds what its reader keeps, no tree."""

from collections.abc import Callable, Iterator, Mapping
from typing import IO, Protocol

# Without a document type (below) there is nothing in it that XML can be attacked with but size.
from xml.parsers import expat

from services.importer.sources.zip_safety import broken, too_large

# The spaces of names of a workbook: transitional and strict (ECMA-376 part 1, annex A), and of
# what lies where in it (part 2).
_SPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
)
_PIECE_BYTES = 64 * 1024
# Expat keeps a tag until it is whole, every tag that is open, and every name that it ever met.
_LONGEST_TAG_BYTES = 1024 * 1024
_DEEPEST = 100
_MOST_NAMES = 2_000
# 250,000 rows of 25 columns have 19 million at most. This bounds time, not memory.
_MOST_ELEMENTS = 20_000_000


class Reader(Protocol):
    """What is done with the elements named in `tags`, and with all text."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The local names of elements that are told."""

    @property
    def is_done(self) -> bool:
        """Whether nothing more of the part counts."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""

    def end(self, tag: str) -> None:
        """End an element."""

    def text(self, text: str) -> None:
        """Take a piece of text, of any element."""


class Budget:
    """How many elements all parts of one workbook may have together."""

    def __init__(self) -> None:
        """Begin with all of it."""
        self.left = _MOST_ELEMENTS


def stream(part: IO[bytes], reader: Reader, budget: Budget) -> Iterator[None]:
    """Let a reader have a part piece by piece; the caller looks at it after each.

    What comes after a reader is done is unpacked for its checksum only.

    Raises:
        UnreadableFileError: larger than a workbook of people is, or with a document type.
        ExpatError: no XML.

    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = _handlers(reader, budget)
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    prefixes: set[str | None] = set()
    parser.StartNamespaceDeclHandler = lambda prefix, _: prefixes.add(prefix)
    fed = 0
    while piece := part.read(_PIECE_BYTES):
        if reader.is_done:
            continue
        parser.Parse(piece, False)  # noqa: FBT003 - has no names
        fed += len(piece)
        names = len(parser.intern) + len(prefixes)
        if fed - parser.CurrentByteIndex > _LONGEST_TAG_BYTES or names > _MOST_NAMES:
            raise too_large()
        yield
    if not reader.is_done:
        parser.Parse(b"", True)  # noqa: FBT003 - has no names
        yield


def _handlers(
    reader: Reader, budget: Budget
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
    known = {f"{space} {tag}": tag for space in _SPACES for tag in reader.tags}
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        budget.left -= 1
        if depth > _DEEPEST or budget.left < 0:
            raise too_large()
        if (tag := known.get(name)) is not None:
            reader.start(tag, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if (tag := known.get(name)) is not None:
            reader.end(tag)

    return start, end


def _refuse(*_: object) -> None:
    # ECMA-376 part 2, 8.1.4: a part has none.
    raise broken()

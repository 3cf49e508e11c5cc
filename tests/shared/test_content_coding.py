import zlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zstandard import ZstdDecompressor

from shared.content_coding import Coding, acceptable, coded

ZSTD, GZIP, IDENTITY = Coding


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, [IDENTITY]),
        ("", [IDENTITY]),
        ("gzip", [GZIP, IDENTITY]),
        ("x-gzip", [GZIP, IDENTITY]),
        ("gzip, deflate, br, zstd", [ZSTD, GZIP, IDENTITY]),
        ("GZIP;Q=1.0 , zstd; q=0.5", [GZIP, ZSTD, IDENTITY]),
        ("zstd;q=0, gzip;q=0.2", [GZIP, IDENTITY]),
        ("identity, zstd;q=0.5", [IDENTITY, ZSTD]),
        ("*", [ZSTD, GZIP, IDENTITY]),
        ("*;q=0.1, gzip", [GZIP, ZSTD, IDENTITY]),
        ("zstd, *;q=0", [ZSTD]),
        ("zstd, identity;q=0", [ZSTD]),
        ("br", [IDENTITY]),
        ("identity;q=0", [IDENTITY]),
        ("gzip;q=x", [IDENTITY]),
        ("gzip;q=nan", [IDENTITY]),
        (";;,=,q=1", [IDENTITY]),
    ],
)
def test_a_reader_gets_what_it_takes_and_likes_best(
    header: str | None, wanted: list[Coding]
) -> None:
    assert acceptable(header) == wanted


@given(st.text(max_size=60))
def test_any_header_has_an_answer(header: str) -> None:
    assert acceptable(header)


class _Reader:
    """Reads a coding piece by piece, as a client does."""

    def __init__(self, coding: Coding) -> None:
        self._zstd = ZstdDecompressor().decompressobj()
        self._gzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._coding = coding

    def read(self, piece: bytes) -> bytes:
        match self._coding:
            case Coding.ZSTD:
                return self._zstd.decompress(piece)
            case Coding.GZIP:
                return self._gzip.decompress(piece)
            case Coding.IDENTITY:
                return piece

    @property
    def is_whole(self) -> bool:
        return {ZSTD: self._zstd.eof, GZIP: self._gzip.eof}.get(self._coding, True)


@pytest.mark.parametrize("coding", Coding)
@given(pieces=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=8))
async def test_each_piece_can_be_read_as_soon_as_it_was_sent(
    coding: Coding, pieces: list[bytes]
) -> None:
    reader, sent, seen = _Reader(coding), b"", b""

    async def source() -> AsyncIterator[bytes]:
        nonlocal sent
        for piece in pieces:
            sent += piece
            yield piece

    async for encoded in coded(source(), coding):
        seen += reader.read(encoded)
        assert seen == sent
    assert (seen, reader.is_whole) == (b"".join(pieces), True)


@pytest.mark.parametrize("coding", [ZSTD, GZIP])
async def test_a_stream_that_breaks_off_is_not_whole_and_its_source_is_closed(
    coding: Coding,
) -> None:
    closed = []

    async def source() -> AsyncIterator[bytes]:
        try:
            yield b"Noor"
            raise ConnectionError
        finally:
            closed.append(True)

    reader, seen = _Reader(coding), b""
    with pytest.raises(ConnectionError):
        async for encoded in coded(source(), coding):
            seen += reader.read(encoded)
    assert (seen, reader.is_whole, closed) == (b"Noor", False, [True])

"""Bodies of the raw store: verbatim when they come back, and damaged ones told of in the words of zlib everywhere."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velib_insights.adapters.compression import CorruptBody, compress, decompress

BODY = b'[{"stationcode": "16107", "numbikesavailable": 3}]' * 200
PACKED = gzip.compress(BODY, mtime=0)


@given(st.binary(max_size=5_000))
def test_a_body_comes_back_as_it_was_and_is_packed_the_same_each_time(body: bytes) -> None:
    assert decompress(compress(body)) == body
    assert compress(body) == compress(body) == gzip.compress(body, 6, mtime=0)


def test_several_members_are_one_body() -> None:
    assert decompress(PACKED + PACKED) == BODY + BODY


@pytest.mark.parametrize(
    "stored",
    [
        PACKED[:60],
        PACKED[:-4],
        PACKED[:-8] + b"\0" * 8,
        PACKED[:20] + b"\xff\xff\xff" + PACKED[23:],
        b'{"data": {}}',
        PACKED + b"trailing",
    ],
    ids=["cut", "without its length", "checksum", "damaged", "not packed", "trailing bytes"],
)
def test_a_damaged_body_is_told_of_as_zlib_tells_it(stored: bytes) -> None:
    with pytest.raises((OSError, EOFError, zlib.error)) as said:
        gzip.decompress(stored)
    with pytest.raises(CorruptBody) as raised:
        decompress(stored)
    assert str(raised.value) == str(said.value)

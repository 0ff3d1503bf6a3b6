"""CRC32C against values that others have worked out."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.sandbox.checksum import crc32c, crc32c_text


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_it_is_that_of_the_published_vectors(data: bytes, checksum: int) -> None:
    """RFC 3720, appendix B.4, and the usual check of the nine digits."""
    assert crc32c([data]) == checksum


@given(st.lists(st.binary()))
def test_how_the_bytes_are_cut_is_no_matter(chunks: list[bytes]) -> None:
    assert crc32c(chunks) == crc32c([b"".join(chunks)])


@pytest.mark.parametrize("size", [4095, 4096, 4097, 3 * 4096 + 17, 70_000])
def test_what_is_worked_out_side_by_side_is_what_a_loop_over_bytes_says(size: int) -> None:
    data = bytes((n * n + 7 * n) % 251 for n in range(size))
    assert crc32c([data]) == crc32c(data[n : n + 1] for n in range(size)) == crc32c([data[:5000], data[5000:]])


def test_the_text_is_base64_with_the_highest_byte_first() -> None:
    assert b64decode(crc32c_text([b"123456789"])).hex() == "e3069283"

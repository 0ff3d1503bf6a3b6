"""Which object a download is of, and which parts are of it."""

from collections.abc import Mapping

import pytest

from dailymotion_reports.errors import DamagedFile
from dailymotion_reports.flows.pin import LARGEST, Pin

PIN = Pin(100, etag='"one"', generation="7")
PART = {"content-range": "bytes 40-99/100", "content-length": "60", "etag": '"one"', "x-goog-generation": "7"}
CRC, MD5 = "AAAAAA==", "AAAAAAAAAAAAAAAAAAAAAA=="


def test_an_answer_names_its_object() -> None:
    headers = {
        "content-length": "100",
        "etag": '"one"',
        "x-goog-generation": "7",
        "x-goog-hash": f"crc32c={CRC}, md5={MD5}",
        "x-goog-stored-content-encoding": "identity",
        "x-goog-stored-content-length": "100",
    }
    assert Pin.of(headers) == Pin(100, "", '"one"', "7", CRC, MD5)


@pytest.mark.parametrize("etag", ["", 'W/"one"', "one"])
def test_without_a_strong_tag_no_part_is_asked_for(etag: str) -> None:
    pin = Pin.of({"content-length": "100", "etag": etag})
    assert (pin.resumable, pin.asking(40)) == (False, {})


def test_a_part_is_asked_for_of_this_version_alone() -> None:
    assert PIN.asking(40) == {"range": "bytes=40-", "if-match": '"one"'}
    assert PIN.asking(0) == {}


@pytest.mark.parametrize("pin", [Pin(None, etag='"one"'), Pin(100, "gzip", '"one"')])
def test_what_is_packed_or_of_unknown_length_comes_whole(pin: Pin) -> None:
    assert pin.asking(40) == {}


@pytest.mark.parametrize("said", [{}, {"content-length": ""}, {"etag": ""}, {"x-goog-generation": ""}])
def test_D6_the_rest_of_the_object_is_taken(said: Mapping[str, str]) -> None:
    PIN.check_part(40, {**PART, **said})


@pytest.mark.row("D6")
@pytest.mark.parametrize(
    "said",
    [
        {"content-range": ""},
        {"content-range": "bytes 39-99/100"},
        {"content-range": "bytes 41-99/100"},
        {"content-range": "bytes 0-99/100"},
        {"content-range": "bytes 40-98/100"},
        {"content-range": "bytes 40-99/101"},
        {"content-range": "bytes 40-99/*"},
        {"content-range": "bytes 40-99/100, bytes 0-1/100"},
        {"content-range": "items 40-99/100"},
        {"content-range": "bytes ４0-99/100"},
        {"content-length": "59"},
        {"content-length": "100"},
        {"content-encoding": "gzip"},
        {"content-encoding": "br"},
    ],
)
def test_D6_any_other_part_is_refused(said: Mapping[str, str]) -> None:
    with pytest.raises(DamagedFile):
        PIN.check_part(40, {**PART, **said})


@pytest.mark.row("D8")
@pytest.mark.parametrize("said", [{"etag": '"two"'}, {"x-goog-generation": "8"}])
def test_D8_a_part_of_another_version_is_refused(said: Mapping[str, str]) -> None:
    with pytest.raises(DamagedFile, match="replaced"):
        PIN.check_part(40, {**PART, **said})


@pytest.mark.row("D12")
def test_D12_a_length_that_no_report_has_is_refused() -> None:
    assert Pin.of({"content-length": str(LARGEST)}).length == LARGEST
    with pytest.raises(DamagedFile, match="more than any report"):
        Pin.of({"content-length": str(LARGEST + 1)})


def test_D1_two_lengths_of_one_file_are_refused() -> None:
    stored = {"x-goog-stored-content-encoding": "identity", "x-goog-stored-content-length": "99"}
    with pytest.raises(DamagedFile, match="two lengths"):
        Pin.of({"content-length": "100", **stored})


@pytest.mark.row("D10")
@pytest.mark.parametrize(
    ("stored", "coding", "counts"),
    [("", "", True), ("identity", "", True), ("gzip", "", False), ("gzip", "gzip", True), ("identity", "gzip", False)],
)
def test_D10_a_hash_counts_where_it_is_of_what_comes(stored: str, coding: str, counts: bool) -> None:
    headers = {"x-goog-stored-content-encoding": stored, "content-encoding": coding, "x-goog-hash": f"md5={MD5}"}
    assert (Pin.of(headers).md5 == MD5) is counts


@pytest.mark.parametrize("said", [f"md5={MD5[:-4]}", "md5=", "md5=???", f"crc32c={MD5}", "crc32c", ","])
def test_D10_a_hash_that_cannot_be_one_is_none(said: str) -> None:
    pin = Pin.of({"x-goog-hash": said})
    assert (pin.md5, pin.crc32c, pin.proves) == ("", "", False)

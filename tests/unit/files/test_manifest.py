"""The manifest: it explains the files, comes last, and holds neither token nor link."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.made import request_for

from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import VERSION, FileRecord, Manifest, token_digest
from dailymotion_reports.redaction import Secret

TOKEN = Secret("canary-report-token")
MANIFEST = Manifest(
    request=request_for(
        ["VIEWS"], ["DAY", "VIDEO_TITLE"], filters={"videoOwnerChannelSlug": "chaîne-😀"}, reason="one report"
    ),
    profile="private",
    account="0123456789abcdef",
    report=token_digest(TOKEN),
    created=datetime(2023, 8, 1, 11, 58, 1, tzinfo=UTC),
    fetched=datetime(2023, 8, 1, 12, 0, 0, 123456, tzinfo=UTC),
    files=(
        FileRecord("report_1.csv", 23, "ab" * 32, ("length", "md5", "header"), 1),
        FileRecord("report_2.csv", 10, "cd" * 32, ("header",)),
    ),
)


def test_a_manifest_comes_back_as_it_was_written() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST


def test_a_manifest_without_a_date_and_files_comes_back_too() -> None:
    bare = replace(MANIFEST, created=None, files=())
    assert Manifest.from_json(bare.to_json()) == bare


def test_a_manifest_can_be_read_by_people_and_by_other_programs() -> None:
    text = MANIFEST.to_json()
    assert "chaîne-😀" in text
    told = json.loads(text)
    assert told["version"] == VERSION == 2
    assert told["fingerprint"] == MANIFEST.request.fingerprint
    assert told["request"]["start"] == "2023-07-01"
    assert told["created"] == "2023-08-01T11:58:01+00:00"
    assert told["files"][0] == {
        "name": "report_1.csv",
        "size": 23,
        "sha256": "ab" * 32,
        "verified": ["length", "md5", "header"],
        "rows": 1,
    }


def test_a_manifest_of_the_first_version_is_read_and_counts_no_rows() -> None:
    told = json.loads(MANIFEST.to_json()) | {"version": 1}
    for file in told["files"]:
        del file["rows"]
    read = Manifest.from_json(json.dumps(told))
    assert (read.rows, [file.rows for file in read.files]) == (None, [None, None])
    assert replace(MANIFEST, files=MANIFEST.files[:1]).rows == 1


def test_the_token_of_a_report_appears_as_a_digest_only() -> None:
    assert "canary" not in MANIFEST.to_json()
    assert MANIFEST.report == hashlib.sha256(b"canary-report-token").hexdigest()[:16]
    assert token_digest(Secret("another")) != MANIFEST.report


@pytest.mark.parametrize("version", [0, 3, None, "1"])
def test_a_manifest_of_another_version_is_refused_by_number(version: object) -> None:
    told = json.loads(MANIFEST.to_json()) | {"version": version}
    with pytest.raises(ValueError, match=f"version {version!r}"):
        Manifest.from_json(json.dumps(told))


def test_what_is_not_json_is_no_manifest() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        Manifest.from_json("")


@pytest.mark.parametrize("text", ["[]", '{"version": 1}', "3"])
def test_json_of_another_shape_is_no_manifest(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Manifest.from_json(text)


def test_an_entry_comes_with_its_manifest(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path / "archive")
    with archive.staged("ab" * 8) as staging:
        folder = archive.complete(staging, MANIFEST, "stamp")
    assert Manifest.from_json((folder / "manifest.json").read_text(encoding="utf-8")) == MANIFEST

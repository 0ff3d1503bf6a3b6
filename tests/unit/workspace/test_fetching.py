"""Fetching: what is kept of earlier tries, what is refused before anything is sent, and what names come from."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.made import SETTINGS, request_for
from tests.unit.workspace.scripted import HEAD, TOKEN, Breaks, Outcome, Script, ScriptedClient, links

from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import ArchiveUnwritable, BrokenOff, LinkRefused, SchemaChanged, ServerFault
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import token_digest
from dailymotion_reports.files.room import Room
from dailymotion_reports.flows.links import identity
from dailymotion_reports.flows.pin import Pin
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace.fetching import Fetched, fetch

REQUEST = request_for(["VIEWS"], ["DAY"])
ACCEPTED = ReportAccepted(TOKEN, datetime(2023, 8, 1, 10, tzinfo=UTC))
WHEN = datetime(2023, 8, 1, 12, tzinfo=UTC)
FILE = HEAD + b"2023-07-01,1\n"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive")


def fetched(archive: Archive, files: dict[str, list[Outcome]], *names: str) -> tuple[Fetched, Script]:
    script = Script(files=files)
    client = cast(Client, ScriptedClient(script))
    given_links = links(*(names or files))
    made = fetch(client, archive, REQUEST, ACCEPTED, given_links, SETTINGS, sleep=script.pass_time, clock=lambda: WHEN)
    return made, script


def test_an_entry_is_named_by_time_and_a_digest_of_the_token(archive: Archive) -> None:
    made, _ = fetched(archive, {"a": [FILE]})
    assert made.folder.name == f"20230801T120000Z-{token_digest(TOKEN)[:8]}"
    assert made.folder.parent.name == REQUEST.fingerprint[:32]
    manifest = made.manifest
    assert (manifest.request, manifest.created, manifest.fetched) == (REQUEST, ACCEPTED.created, WHEN)
    assert [path.read_bytes() for path in made.files] == [FILE]


def test_a_report_of_another_account_or_moment_is_another_report(archive: Archive) -> None:
    first, _ = fetched(archive, {"a": [FILE]})
    client = cast(Client, ScriptedClient(Script(files={"a": [FILE, FILE]})))
    for accepted, whose in (
        (replace(ACCEPTED, created=None), SETTINGS),
        (ACCEPTED, replace(SETTINGS, api_key="other")),
    ):
        assert fetch(client, archive, REQUEST, accepted, links("a"), whose).folder != first.folder


@pytest.mark.row("L7")
def test_L7_one_link_that_leads_astray_and_nothing_is_sent(archive: Archive) -> None:
    script = Script(files={"a": [FILE]})
    client = cast(Client, ScriptedClient(script))
    with pytest.raises(LinkRefused):
        fetch(client, archive, REQUEST, ACCEPTED, (*links("a"), Secret("https://evil.example/x")), SETTINGS)
    assert (script.fetched, list(archive.root.iterdir())) == ([], [])


@pytest.mark.row("D18")
def test_D18_what_is_whole_waits_for_the_rest(archive: Archive) -> None:
    trouble: list[Outcome] = [ServerFault("Down.", status=503) for _ in range(5)]
    with pytest.raises(ServerFault):
        fetched(archive, {"a": [FILE], "b": trouble}, "a", "b")
    assert list(archive.root.glob("??/*/*")) == []
    made, script = fetched(archive, {"b": [HEAD]}, "b", "a")
    assert script.fetched == ["b"]
    assert [path.read_bytes() for path in made.files] == [FILE, HEAD]


def test_D17_what_is_kept_of_another_question_is_not_gone_on_with(archive: Archive) -> None:
    url = links("a")[0].reveal()
    with archive.staged(token_digest(TOKEN)) as staging, staging.part(1, identity(url)) as part:
        part.begin(Pin(100, etag='"one"'), 0)
        part.write(b"other,columns\n")
    made, _ = fetched(archive, {"a": [FILE]})
    assert made.files[0].read_bytes() == FILE


def test_X3_a_file_of_another_question_is_not_tried_again(archive: Archive) -> None:
    with pytest.raises(SchemaChanged):
        fetched(archive, {"a": [b"other,columns\n1,2\n"]})
    assert list(archive.root.rglob("report_*")) == []


@pytest.mark.parametrize("trouble", [BrokenOff(), Breaks(FILE[:14], BrokenOff())])
def test_D1_what_no_part_can_be_asked_for_starts_over(archive: Archive, trouble: Outcome) -> None:
    made, script = fetched(archive, {"a": [trouble, FILE]})
    assert (made.files[0].read_bytes(), script.fetched) == (FILE, ["a", "a"])


@pytest.mark.row("D12")
def test_D12_a_full_disk_is_an_error_of_ours_and_no_try_is_made_again(archive: Archive) -> None:
    small = replace(archive, room=Room(archive.root, lambda folder: (1000, 990, 10)))
    with pytest.raises(ArchiveUnwritable, match="10 bytes left"):
        fetched(small, {"a": [FILE]})
    assert list(archive.root.rglob("report_*")) == []


def test_an_archive_that_takes_nothing_is_an_error_of_ours(archive: Archive) -> None:
    (archive.root / "staging").write_bytes(b"no folder")
    with pytest.raises(ArchiveUnwritable, match="cannot be stored below"):
        fetched(archive, {"a": [FILE]})


@pytest.mark.row("TM13")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("./\\%2eF~:ab\x00é-"), min_size=1, max_size=20), min_size=1, max_size=4))
def test_TM13_no_name_comes_from_a_link(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    archive = Archive.open(tmp_path_factory.mktemp("home") / "archive")
    told = [Secret(f"https://storage.googleapis.com/b/{name}/../../x") for name in names]
    client = cast(Client, ScriptedClient(Script(files={"x": [FILE for _ in names]})))
    try:
        made = fetch(client, archive, REQUEST, ACCEPTED, told, SETTINGS)
    except LinkRefused:
        assert list(archive.root.iterdir()) == []
        return
    assert made.folder.parents[2] == archive.root
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "manifest.json",
        *(f"report_{n}.csv" for n in range(1, len(made.files) + 1)),
    ]
    assert {path.name for path in archive.root.parent.iterdir()} == {"archive"}

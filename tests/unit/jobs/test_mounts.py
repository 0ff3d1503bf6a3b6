"""On which kind of disk a file lies, by tables of mounts as systems write them."""

from pathlib import Path

import pytest

from dailymotion_reports.jobs.mounts import NETWORK, network_disk

pytestmark = pytest.mark.row("R7")


def kind(folder: Path, *lines: str) -> str:
    """What is said of a file in ``folder`` by a table in which @ stands for the folder."""
    table = folder / "mounts"
    table.write_text("".join(line.replace("@", str(folder)) + "\n" for line in lines))
    return network_disk(folder / "state" / "jobs.sqlite", table)


@pytest.mark.parametrize("name", [*sorted(NETWORK), "fuse.sshfs", "fuse.s3fs"])
def test_R7_a_disk_that_machines_share_is_named(name: str, tmp_path: Path) -> None:
    assert kind(tmp_path, "none / ext4 rw 0 0", f"server:/x @ {name} rw 0 0") == name


@pytest.mark.parametrize("name", ["ext4", "tmpfs", "overlay", "btrfs", "fuseblk"])
def test_R7_a_disk_of_this_machine_is_none(name: str, tmp_path: Path) -> None:
    assert kind(tmp_path, "server:/x / nfs4 rw 0 0", f"/dev/sda1 @ {name} rw 0 0") == ""


def test_R7_the_nearest_mount_counts_and_a_name_that_only_begins_alike_does_not(tmp_path: Path) -> None:
    assert kind(tmp_path, "none / ext4 rw 0 0", "s:/x @ nfs4 rw 0 0", "none @/state tmpfs rw 0 0") == ""
    assert kind(tmp_path, "none / ext4 rw 0 0", "s:/x @/sta nfs4 rw 0 0") == ""
    assert kind(tmp_path, "none / ext4 rw 0 0", "s:/x @/state/jobs.sqlite nfs rw 0 0") == "nfs"


def test_R7_blanks_in_a_path_are_written_as_octal_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    table = tmp_path / "mounts"
    table.write_text(f"none / ext4 rw 0 0\ns:/x {tmp_path}/a\\040b nfs4 rw 0 0\n")
    assert network_disk(folder / "jobs.sqlite", table) == "nfs4"


def test_R7_where_nobody_can_tell_nothing_is_said(tmp_path: Path) -> None:
    assert network_disk(tmp_path, tmp_path / "no such table") == ""
    assert kind(tmp_path, "", "one", "two words") == ""

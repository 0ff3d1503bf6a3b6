"""One message on its way: by a webhook, or by a command."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.receiver import SECRET, Receiver, receiving

from dailymotion_reports.errors import DmrError, InvalidSettings, TransportError
from dailymotion_reports.project.message import trial_of
from dailymotion_reports.project.notifiers import Notifier
from dailymotion_reports.redaction import Secret
from dailymotion_reports.workspace.delivering import Delivery

MESSAGE = trial_of("reports", datetime(2026, 11, 3, 7, tzinfo=UTC))
OPS = Notifier("ops", webhook_env="DMR_HOOK")


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def delivery(folder: Path, address: str = "") -> Delivery:
    return Delivery(folder, {"DMR_HOOK": address} if address else {}, secrets=(Secret("opensesame"),))


def command(code: str, *arguments: str) -> Notifier:
    return Notifier("mail", command=(sys.executable, "-I", "-c", code, *arguments))


def refused(way: Delivery, notifier: Notifier) -> DmrError:
    with pytest.raises(DmrError) as caught:
        way.deliver(notifier, MESSAGE)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


def test_a_webhook_gets_the_message_as_one_object(tmp_path: Path, hook: Receiver) -> None:
    delivery(tmp_path, hook.address).deliver(OPS, MESSAGE)
    assert hook.bodies == [MESSAGE.json()]
    assert hook.paths == [SECRET]


def test_a_webhook_of_slack_gets_text(tmp_path: Path, hook: Receiver) -> None:
    delivery(tmp_path, hook.address).deliver(replace(OPS, format="slack"), MESSAGE)
    assert hook.messages == [{"text": "dmr, reports: a test\nThis is a test: nothing is wrong."}]


def test_an_address_in_a_file_is_read_with_its_line_end_left_off(tmp_path: Path, hook: Receiver) -> None:
    file = tmp_path / "hook"
    file.write_text(f"{hook.address}\n", encoding="utf-8")
    delivery(tmp_path).deliver(Notifier("ops", webhook_file=str(file)), MESSAGE)
    file.unlink()  # A secret in a file that a test leaves behind is told as one that got out.
    assert hook.paths == [SECRET]


@pytest.mark.parametrize("status", [301, 302, 404, 429, 500])
def test_an_answer_that_is_no_yes_is_told_by_its_number_alone(tmp_path: Path, hook: Receiver, status: int) -> None:
    hook.status = status
    error = refused(delivery(tmp_path, hook.address), OPS)
    assert (type(error), error.message) == (TransportError, f"Its webhook answered HTTP {status}.")
    assert error.next == "dmr notify test ops"


def test_a_redirect_is_not_followed(tmp_path: Path, hook: Receiver) -> None:
    with receiving() as other:
        hook.status, hook.location = 307, other.address
        refused(delivery(tmp_path, hook.address), OPS)
        assert (len(hook.bodies), other.bodies) == (1, [])


def test_a_receiver_that_is_not_there_is_told_without_its_address(tmp_path: Path) -> None:
    with receiving() as gone:
        address = gone.address
    error = refused(delivery(tmp_path, address), OPS)
    assert error.code == "transport.connect_failed"
    assert error.message.startswith("The webhook cannot be reached: ")
    assert "127.0.0.1" not in error.message


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example.com/services/T4711/swordfish",
        "ftp://127.0.0.1/services/T4711/swordfish",
        "hooks.example.com/services/T4711/swordfish",
        "https:///services/T4711/swordfish",
        "https://[/services/T4711/swordfish",
        "https://hooks.example.com:x/services/T4711/swordfish",
        "https://hooks.example.com/services/T4711/swordfish\r\nhost:other",
    ],
)
def test_nothing_is_sent_to_an_address_that_anybody_could_listen_to(tmp_path: Path, address: str) -> None:
    error = refused(delivery(tmp_path, address), OPS)
    assert isinstance(error, InvalidSettings)
    assert error.message == (
        "What webhook_env of [notify.ops] names is no address that news are sent to: https, or http on this machine."
    )


def test_an_address_that_is_nowhere_is_told_by_where_it_should_be(tmp_path: Path) -> None:
    assert refused(delivery(tmp_path), OPS).message == "webhook_env of [notify.ops] names DMR_HOOK, which is not set."
    missing = Notifier("ops", webhook_file=str(tmp_path / "hook"))
    assert (
        "that webhook_file of [notify.ops] names cannot be read: No such file"
        in refused(delivery(tmp_path), missing).message
    )
    (tmp_path / "hook").write_text("\n", encoding="utf-8")
    assert refused(delivery(tmp_path), missing).message == "webhook_file of [notify.ops] is empty."


def test_what_libraries_log_meanwhile_does_not_hold_the_address(
    tmp_path: Path, hook: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        delivery(tmp_path, hook.address).deliver(OPS, MESSAGE)
    assert "HTTP Request: POST" in caplog.text
    assert SECRET not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_a_command_gets_the_text_on_its_stdin_in_the_folder_of_the_project_and_no_shell(tmp_path: Path) -> None:
    code = "import pathlib, sys; pathlib.Path('told').write_text(sys.argv[1] + chr(10) + sys.stdin.read())"
    delivery(tmp_path).deliver(command(code, "$(touch shell); *"), MESSAGE)
    assert (tmp_path / "told").read_text(encoding="utf-8") == f"$(touch shell); *\n{MESSAGE.text}"
    assert [path.name for path in tmp_path.iterdir()] == ["told"]


def test_a_command_gets_none_of_our_files(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "ours", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    try:
        code = "import os, sys; os.fstat(int(sys.argv[1]))"
        error = refused(delivery(tmp_path), command(code, str(descriptor)))
        assert "Bad file descriptor" in error.message
    finally:
        os.close(descriptor)


def test_a_command_that_fails_is_told_with_what_it_said_without_secrets(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('no relay for opensesame' + chr(10) + 'x' * 900); sys.exit(75)"
    error = refused(delivery(tmp_path), command(code))
    assert error.message.startswith("command of [notify.mail] ended with exit code 75: no relay for [secret] xxx")
    assert len(error.message) < 400


def test_a_command_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    error = refused(delivery(tmp_path), Notifier("mail", command=(str(tmp_path / "nothing"),)))
    assert error.message == "command of [notify.mail] cannot be run: No such file or directory."
    refused(delivery(tmp_path), Notifier("mail", command=("\0",)))


def test_a_command_that_does_not_end_is_ended(tmp_path: Path) -> None:
    way = replace(delivery(tmp_path), command_seconds=0.5)
    error = refused(way, command("import threading; threading.Event().wait()"))
    assert error.message == "command of [notify.mail] did not end within 0.5 seconds."


def test_what_a_command_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    code = "import os, threading; os.fork() or threading.Event().wait(20)"
    replace(delivery(tmp_path), command_seconds=10.0).deliver(command(code), MESSAGE)


def test_a_command_that_says_much_and_reads_nothing_holds_nobody_up(tmp_path: Path) -> None:
    much = replace(MESSAGE, lines=("x" * 1_000_000,))
    code = "import sys; sys.stdout.write('x' * 1_000_000); sys.stderr.write('x' * 1_000_000)"
    delivery(tmp_path).deliver(command(code), much)

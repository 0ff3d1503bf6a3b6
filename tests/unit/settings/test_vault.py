"""Secrets between two commands: private files, written whole or not at all; and the system's keyring."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.errors import MissingExtra, SecretsUnusable
from dailymotion_reports.settings.vault import SERVICE, FileVault, KeyringVault

CANARY = "canary-31cd"


@pytest.mark.row("TM8")
def test_what_is_kept_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "secrets")
    before = os.umask(0)
    try:
        vault.write("acme", {"api_secret": CANARY})
    finally:
        os.umask(before)
    file = tmp_path / "secrets" / "acme.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert vault.read("acme") == {"api_secret": CANARY}
    assert [path.name for path in file.parent.iterdir()] == ["acme.json"]


def test_what_is_not_there_is_none_and_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    vault = FileVault(tmp_path)
    assert vault.read("acme") is None
    assert not vault.delete("acme")
    vault.write("acme", {"a": "b"})
    assert vault.delete("acme")
    assert vault.read("acme") is None


@pytest.mark.row("T13")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_refused_and_left_as_it_is(mode: int, tmp_path: Path) -> None:
    vault = FileVault(tmp_path)
    vault.write("acme", {"a": CANARY})
    file = tmp_path / "acme.json"
    file.chmod(mode)
    with pytest.raises(SecretsUnusable) as caught:
        vault.read("acme")
    assert caught.value.next == f"chmod 600 {file}"
    assert CANARY not in str(caught.value) + caught.value.hint
    assert json.loads(file.read_text()) == {"a": CANARY}


@pytest.mark.row("T13")
@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00\xff", "[" * 100_000])
def test_a_damaged_file_is_refused_and_left_as_it_is(text: str, tmp_path: Path) -> None:
    file = tmp_path / "acme.json"
    file.write_text(text, encoding="latin-1")
    file.chmod(0o600)
    with pytest.raises(SecretsUnusable, match="damaged"):
        FileVault(tmp_path).read("acme")
    assert file.read_text(encoding="latin-1") == text


@pytest.mark.row("T13")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("{}", encoding="utf-8")
    elsewhere.chmod(0o600)
    (tmp_path / "acme.json").symlink_to(elsewhere)
    with pytest.raises(SecretsUnusable, match="cannot be read"):
        FileVault(tmp_path).read("acme")


@pytest.mark.row("T13")
def test_a_disk_that_takes_nothing_leaves_the_old_secrets_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = FileVault(tmp_path)
    vault.write("acme", {"a": "old"})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dailymotion_reports.settings.private.os.fsync", full)
    with pytest.raises(SecretsUnusable, match="No space left on device"):
        vault.write("acme", {"a": "new"})
    assert vault.read("acme") == {"a": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["acme.json"]


@pytest.mark.row("T13")
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretsUnusable, match="cannot be written"):
        FileVault(tmp_path / "file" / "secrets").write("acme", {})


class Backend:
    """A keyring back-end that is a dictionary, in a module of a chosen name."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    return installed(monkeypatch, "keyring.backends.SecretService")


def installed(monkeypatch: pytest.MonkeyPatch, module: str) -> Backend:
    import keyring

    kind: Any = type("Keyring", (Backend,), {"__module__": module})
    made: Backend = kind()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(made, name))
    return made


def test_the_system_s_keyring_keeps_and_forgets(backend: Backend) -> None:
    vault = KeyringVault()
    vault.write("acme", {"api_secret": CANARY})
    assert list(backend.kept) == [(SERVICE, "acme")]
    assert vault.read("acme") == {"api_secret": CANARY}
    assert vault.delete("acme")
    assert not vault.delete("acme")
    assert vault.read("acme") is None


@pytest.mark.parametrize(
    "module", ["keyrings.alt.file", "keyring.backends.null", "keyring.backends.fail", "somebody.elses"]
)
def test_a_keyring_that_keeps_plain_text_or_nothing_is_refused(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = installed(monkeypatch, module)
    with pytest.raises(SecretsUnusable, match="does not keep secrets safely"):
        KeyringVault()
    assert made.kept == {}


def test_a_locked_keyring_is_told(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.errors import KeyringLocked

    def locked(*_: str) -> None:
        raise KeyringLocked(CANARY)

    monkeypatch.setattr(keyring, "get_password", locked)
    monkeypatch.setattr(keyring, "set_password", locked)
    for attempt in (lambda: KeyringVault().read("acme"), lambda: KeyringVault().write("acme", {})):
        with pytest.raises(SecretsUnusable) as caught:
            attempt()  # type: ignore[no-untyped-call]
        assert CANARY not in str(caught.value)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingExtra) as caught:
        KeyringVault()
    assert caught.value.extra == "keyring"


def test_a_folder_that_others_may_enter_is_made_private_by_what_is_kept_next(tmp_path: Path) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir(mode=0o755)
    vault = FileVault(folder)
    vault.write("acme", {"a": "b"})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.row("TM8")
def test_a_folder_in_which_others_could_replace_a_file_is_refused(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "tokens")
    vault.write("acme", {"a": "b"})
    (tmp_path / "tokens").chmod(0o770)
    with pytest.raises(SecretsUnusable, match="can be written to by others") as caught:
        vault.read("acme")
    assert caught.value.next == f"chmod 700 {tmp_path / 'tokens'}"


@pytest.mark.row("T13")
def test_a_link_in_place_of_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("{}")
    (tmp_path / "acme.json").symlink_to(tmp_path / "other")
    with pytest.raises(SecretsUnusable, match="it is a symbolic link, which is not followed") as caught:
        FileVault(tmp_path).read("acme")
    assert caught.value.next == f"ls -ld {tmp_path / 'acme.json'}"


def test_the_names_that_begin_alike_are_found(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "tokens")
    assert vault.names("acme@") == []
    for name in ("acme@2", "acme@1", "acmes@1"):
        vault.write(name, {})
    assert vault.names("acme@") == ["acme@1", "acme@2"]

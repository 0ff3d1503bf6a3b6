"""Settings: read once, complete or refused with everything that is missing, and never telling a secret."""

import json
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidSettings, SecretsUnusable
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import PROFILES, Folders, Settings

CANARY = "canary-5e1f"
KEY = {"DMR_API_KEY": "key", "DMR_API_SECRET": CANARY}
ACCOUNT = {"DMR_USERNAME": "owner@example.com", "DMR_PASSWORD": f"{CANARY}-too"}
SANDBOX = {
    "url": "http://127.0.0.1:8787",
    "api_key": "sandbox-key",
    "api_secret": "sandbox-secret",
    "username": "sandbox-user",
    "password": "sandbox-password",
}
SANDBOX_KEY = {"DMR_API_KEY": "sandbox-key", "DMR_API_SECRET": "sandbox-secret"}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"DMR_HOME": str(tmp_path)}


def test_for_many_profiles_the_files_are_read_once(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMR_HOME", home["DMR_HOME"])
    file = Folders.resolve(home).config_file
    assert file is not None
    file.parent.mkdir(parents=True, mode=0o700)
    file.touch(mode=0o600)
    accounts = [
        f'[profiles.{name}]\nkind = "v2"\napi_key = "{name}"\napi_secret = "s"\n' for name in ("acme", "globex")
    ]
    file.write_text("\n".join(accounts), encoding="utf-8")
    resolve = Settings.resolver()
    assert resolve("acme").api_key == "acme"
    file.unlink()
    assert resolve("globex").api_key == "globex"
    with pytest.raises(InvalidSettings):
        resolve("initech")
    with pytest.raises(InvalidSettings):
        Settings.resolver()("globex")


def leave_sandbox(home: dict[str, str], text: str | None = None) -> None:
    file = Folders.resolve(home).sandbox_file
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(SANDBOX) if text is None else text, encoding="utf-8")


def refusal(profile: str | None, environ: dict[str, str]) -> InvalidSettings:
    with pytest.raises(InvalidSettings) as caught:
        Settings.resolve(profile, environ)
    return caught.value


@pytest.mark.parametrize(
    ("profile", "needed"),
    [
        ("public", ["DMR_API_KEY", "DMR_API_SECRET", "DMR_USERNAME", "DMR_PASSWORD"]),
        ("private", ["DMR_API_KEY", "DMR_API_SECRET"]),
        ("v2", ["DMR_API_KEY", "DMR_API_SECRET"]),
    ],
)
@pytest.mark.row("F1")
def test_F1_every_missing_variable_of_a_profile_is_named_at_once(
    profile: str, needed: list[str], home: dict[str, str]
) -> None:
    error = refusal(profile, home)
    assert error.message == f"The profile {profile} needs {', '.join(needed)}."
    assert error.where == needed[0]
    assert error.next == f"dmr auth login --profile {profile}"
    assert "dmr demo" in error.hint


@pytest.mark.parametrize("missing", [*KEY, *ACCOUNT])
@pytest.mark.row("F1")
def test_F1_only_what_is_missing_is_named(missing: str, home: dict[str, str]) -> None:
    environ = home | KEY | ACCOUNT
    del environ[missing]
    assert refusal("public", environ).message == f"The profile public needs {missing}."


@pytest.mark.row("F1")
def test_F1_a_variable_that_is_set_to_nothing_is_missing(home: dict[str, str]) -> None:
    assert "DMR_API_SECRET" in refusal("private", home | KEY | {"DMR_API_SECRET": ""}).message


@pytest.mark.row("F1")
def test_F1_an_unknown_profile_is_refused_with_those_there_are(home: dict[str, str]) -> None:
    error = refusal("pubic", home | KEY)
    assert error.message == "There is no profile 'pubic'. Did you mean public?"
    assert error.where == "--profile"
    assert all(name in error.hint for name in PROFILES)
    assert refusal(None, home | KEY | {"DMR_PROFILE": "pubic"}).where == "DMR_PROFILE"


def test_what_the_environment_says_is_what_the_settings_hold(home: dict[str, str]) -> None:
    settings = Settings.resolve("public", home | KEY | ACCOUNT | {"DMR_SCOPES": " read_reports  create_reports "})
    assert (settings.api_key, settings.api_secret.reveal()) == ("key", CANARY)
    assert (settings.username, settings.password.reveal()) == ("owner@example.com", f"{CANARY}-too")
    assert settings.scopes == ("read_reports", "create_reports")
    assert settings.url == ""
    assert settings.by_password


def test_without_a_profile_it_is_public_where_there_is_a_user_and_private_elsewhere(home: dict[str, str]) -> None:
    assert Settings.resolve(None, home | KEY | ACCOUNT).profile == "public"
    private = Settings.resolve(None, home | KEY)
    assert (private.profile, private.by_password) == ("private", False)


def test_a_profile_goes_flag_before_environment_before_default(home: dict[str, str]) -> None:
    environ = home | KEY | ACCOUNT | {"DMR_PROFILE": "v2"}
    assert Settings.resolve(None, environ).profile == "v2"
    assert Settings.resolve("private", environ).profile == "private"


def test_the_real_environment_is_read_where_none_is_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    assert Settings.resolve("private").api_secret == Secret(CANARY)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
@pytest.mark.row("F3")
def test_F3_a_secret_comes_from_the_file_of_its_twin_without_the_line_end(
    ending: str, tmp_path: Path, home: dict[str, str]
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(f" {CANARY} ".encode() + ending.encode())
    environ = home | ACCOUNT | {"DMR_API_KEY": "key", "DMR_API_SECRET_FILE": str(file)}
    assert Settings.resolve("public", environ).api_secret.reveal() == f" {CANARY} ", "blanks may be part of it"


@pytest.mark.row("F2")
def test_F2_a_secret_of_strange_characters_arrives_unchanged(tmp_path: Path, home: dict[str, str]) -> None:
    strange = "a&b+c%d e\"f'g\nh é€😀"
    file = tmp_path / "password"
    file.write_text(strange + "\n", encoding="utf-8", newline="")
    environ = home | KEY | {"DMR_USERNAME": "u", "DMR_PASSWORD_FILE": str(file), "DMR_API_SECRET": strange}
    settings = Settings.resolve("public", environ)
    assert (settings.api_secret.reveal(), settings.password.reveal()) == (strange, strange)


@pytest.mark.parametrize("name", ["DMR_API_SECRET", "DMR_PASSWORD"])
@pytest.mark.row("F1")
def test_F1_a_secret_and_its_file_at_once_are_refused(name: str, tmp_path: Path, home: dict[str, str]) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY, encoding="utf-8")
    error = refusal("public", home | KEY | ACCOUNT | {f"{name}_FILE": str(file)})
    assert error.message == f"{name} and {name}_FILE are both set."
    assert CANARY not in error.message + error.hint


@pytest.mark.row("F1")
def test_F1_a_secret_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path, home: dict[str, str]) -> None:
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path, "directory")):
        error = refusal("private", home | {"DMR_API_KEY": "key", "DMR_API_SECRET_FILE": str(path)})
        assert error.where == "DMR_API_SECRET_FILE"
        assert why.lower() in error.message.lower()


@pytest.mark.row("F1")
def test_F1_a_secret_file_that_is_not_text_is_refused(tmp_path: Path, home: dict[str, str]) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe")
    error = refusal("private", home | {"DMR_API_KEY": "key", "DMR_API_SECRET_FILE": str(file)})
    assert "not UTF-8" in error.message


@pytest.mark.row("F1")
def test_F1_an_empty_secret_file_is_a_missing_secret(tmp_path: Path, home: dict[str, str]) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\n")
    error = refusal("private", home | {"DMR_API_KEY": "key", "DMR_API_SECRET_FILE": str(file)})
    assert error.message == "The profile private needs DMR_API_SECRET."


def test_the_sandbox_is_where_DMR_URL_says(home: dict[str, str]) -> None:
    settings = Settings.resolve("sandbox", home | SANDBOX_KEY | {"DMR_URL": "http://127.0.0.1:9999/"})
    assert settings.url == "http://127.0.0.1:9999"
    assert not settings.by_password
    account = {"DMR_USERNAME": "sandbox-user", "DMR_PASSWORD": "sandbox-password"}
    assert Settings.resolve("sandbox", home | SANDBOX_KEY | account | {"DMR_URL": "http://h"}).by_password


def test_the_sandbox_is_what_a_running_one_has_left(home: dict[str, str]) -> None:
    leave_sandbox(home)
    settings = Settings.resolve("sandbox", home)
    assert (settings.url, settings.api_key, settings.username) == (
        "http://127.0.0.1:8787",
        "sandbox-key",
        "sandbox-user",
    )
    assert (settings.api_secret, settings.password) == (Secret("sandbox-secret"), Secret("sandbox-password"))
    assert settings.by_password


@pytest.mark.row("F5")
def test_F5_what_a_sandbox_has_left_goes_before_real_keys_in_the_environment(home: dict[str, str]) -> None:
    leave_sandbox(home)
    settings = Settings.resolve("sandbox", home | KEY | ACCOUNT)
    assert settings.api_key == "sandbox-key"
    assert CANARY not in settings.api_secret.reveal() + settings.password.reveal()


def test_an_address_and_no_key_take_the_key_of_the_sandbox_that_runs_there(home: dict[str, str]) -> None:
    leave_sandbox(home)
    assert Settings.resolve("sandbox", home | {"DMR_URL": "http://127.0.0.1:8787/"}).api_key == "sandbox-key"
    error = refusal("sandbox", home | {"DMR_URL": "http://127.0.0.1:1"})
    assert error.message == "No sandbox of yours runs at http://127.0.0.1:1."
    assert (error.where, error.next) == ("DMR_URL", "dmr sandbox serve")


def test_no_running_sandbox_is_refused_naming_the_command_that_starts_one(home: dict[str, str]) -> None:
    error = refusal("sandbox", home)
    assert error.message == "No sandbox is running."
    assert error.next == "dmr sandbox serve"
    assert error.code == "settings.invalid"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"url": "http://127.0.0.1:8787"}'])
def test_a_note_of_a_sandbox_that_cannot_be_read_is_no_sandbox(text: str, home: dict[str, str]) -> None:
    leave_sandbox(home, text)
    assert refusal("sandbox", home).next == "dmr sandbox serve"


@pytest.mark.parametrize("profile", ["public", "private", "v2"])
@pytest.mark.parametrize("name", ["DMR_API_KEY", "DMR_API_SECRET"])
@pytest.mark.row("F5")
def test_F5_a_key_of_a_sandbox_is_never_sent_to_dailymotion(profile: str, name: str, home: dict[str, str]) -> None:
    error = refusal(profile, home | KEY | ACCOUNT | {name: "sandbox-x"})
    assert error.message == f"{name} came from a sandbox, so nothing was sent to Dailymotion."
    assert "--profile sandbox" in error.hint


@pytest.mark.row("F5")
def test_F5_a_password_of_a_sandbox_is_never_sent_to_dailymotion(home: dict[str, str]) -> None:
    error = refusal("public", home | KEY | ACCOUNT | {"DMR_PASSWORD": "sandbox-x"})
    assert error.message.startswith("DMR_PASSWORD came from a sandbox")


@pytest.mark.parametrize("name", ["DMR_API_KEY", "DMR_API_SECRET", "DMR_PASSWORD"])
@pytest.mark.row("F5")
def test_F5_a_real_key_is_never_sent_to_a_sandbox(name: str, home: dict[str, str]) -> None:
    account = {"DMR_USERNAME": "sandbox-user", "DMR_PASSWORD": "sandbox-password"}
    environ = home | SANDBOX_KEY | account | {"DMR_URL": "http://127.0.0.1:8787", name: CANARY}
    error = refusal("sandbox", environ)
    assert error.message == f"{name} did not come from a sandbox, so nothing was sent to one."
    assert CANARY not in str(error) + error.hint


@pytest.mark.row("F5")
def test_F5_real_keys_in_a_sandboxs_note_are_not_taken(home: dict[str, str]) -> None:
    leave_sandbox(home, json.dumps(SANDBOX | {"api_secret": CANARY}))
    assert "did not come from a sandbox" in refusal("sandbox", home).message


def test_DMR_HOME_replaces_every_folder_and_none_is_made(tmp_path: Path) -> None:
    folders = Folders.resolve({"DMR_HOME": str(tmp_path / "h")})
    assert (folders.data, folders.state) == (tmp_path / "h" / "data", tmp_path / "h" / "state")
    assert folders.sandbox_file == tmp_path / "h" / "state" / "sandbox.json"
    assert not (tmp_path / "h").exists()


def test_without_DMR_HOME_the_folders_are_the_platforms_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    folders = Folders.resolve({})
    assert tmp_path in folders.data.parents
    assert tmp_path in folders.state.parents
    assert folders.data != folders.state
    assert list(tmp_path.iterdir()) == []


@pytest.mark.row("TM7")
def test_TM7_settings_never_tell_a_secret(home: dict[str, str]) -> None:
    settings = Settings.resolve("public", home | KEY | ACCOUNT)
    assert settings.secrets == (Secret(CANARY), Secret(f"{CANARY}-too"))
    for shown in (repr(settings), str(settings), f"{settings}", "%r" % (settings,)):  # noqa: UP031
        assert "owner@example.com" in shown
        assert CANARY not in shown
    with pytest.raises(TypeError):
        pickle.dumps(settings)
    with pytest.raises(TypeError):
        json.dumps(settings)


@pytest.mark.row("TM7")
def test_TM7_a_traceback_through_settings_tells_no_secret(home: dict[str, str]) -> None:
    settings = Settings.resolve("public", home | KEY | ACCOUNT)

    def fails(given: Settings) -> None:
        raise RuntimeError(f"with {given}")

    with pytest.raises(RuntimeError) as caught:
        fails(settings)
    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "given = Settings(" in told
    assert CANARY not in told


@pytest.mark.row("TM7")
def test_TM7_a_refusal_of_settings_tells_no_secret(home: dict[str, str]) -> None:
    error = refusal("public", home | KEY | {"DMR_PASSWORD": CANARY, "DMR_USERNAME": ""})
    assert CANARY not in "".join(traceback.format_exception(error)) + error.hint + error.next


def test_the_empty_secrets_of_settings_are_not_scrubbed_for(home: dict[str, str]) -> None:
    assert Settings.resolve("private", home | KEY).secrets == (Secret(CANARY),)


@pytest.mark.parametrize(
    "url", ["foo", "127.0.0.1:8787", "http://[x", "http://", "ftp://127.0.0.1", "http://127.0.0.1/x", "http://h:99999"]
)
@pytest.mark.row("F1")
def test_F1_an_address_that_is_none_is_named_as_the_setting_that_is_wrong(url: str, home: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.resolve("sandbox", home | {"DMR_URL": url, "DMR_API_KEY": "sandbox-k", "DMR_API_SECRET": "sandbox-s"})
    assert caught.value.where == "DMR_URL"
    assert caught.value.next == "dmr sandbox serve"


@pytest.mark.parametrize("path", ["", "/", "/graphql"])
def test_an_address_is_taken_with_or_without_its_path(path: str, home: dict[str, str]) -> None:
    given = {"DMR_URL": f"http://127.0.0.1:8787{path}", "DMR_API_KEY": "sandbox-k", "DMR_API_SECRET": "sandbox-s"}
    assert Settings.resolve("sandbox", home | given).url == "http://127.0.0.1:8787"


def test_a_note_that_a_killed_sandbox_left_is_no_sandbox(home: dict[str, str]) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    note = Folders.resolve(home).sandbox_file
    note.parent.mkdir(parents=True)
    left = {"api_key": "sandbox-k", "api_secret": "sandbox-s", "username": "u", "password": "sandbox-p"}
    for pid, found in ((os.getpid(), True), (ended.pid, False)):
        note.write_text(json.dumps(left | {"url": "http://127.0.0.1:1", "pid": pid}), encoding="utf-8")
        if found:
            assert Settings.resolve("sandbox", home).url == "http://127.0.0.1:1"
            continue
        with pytest.raises(InvalidSettings, match="No sandbox is running"):
            Settings.resolve("sandbox", home)


@pytest.mark.parametrize(
    ("more", "next"),
    [
        ({"DMR_KEEP_TOKENS": "perhaps"}, "unset DMR_KEEP_TOKENS"),
        ({"DMR_API_SECRET_FILE": "/x"}, "unset DMR_API_SECRET"),
        ({"DMR_KIND": "x", "DMR_PROFILE": "sandbox"}, "unset DMR_KIND"),
        ({"DMR_API_SECRET": "", "DMR_API_SECRET_FILE": "/nope/x"}, "ls -ld /nope/x"),
        ({"DMR_API_KEY": "k\udcff"}, "dmr config show --profile private"),
        ({"DMR_SCOPES": "k\udcff"}, "dmr config show --profile private"),
    ],
)
def test_a_wrong_variable_is_answered_with_a_command_that_helps(
    more: dict[str, str], next: str, home: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        Settings.resolve(None, home | KEY | more, folder=tmp_path)
    assert refused.value.next == next


def test_settings_that_are_not_utf8_have_a_name_for_their_tokens_all_the_same(
    home: dict[str, str], tmp_path: Path
) -> None:
    settings = Settings.resolve(
        "private", home | {"DMR_API_KEY": "\udcff", "DMR_SCOPES": "\udcfe"}, folder=tmp_path, complete=False
    )
    assert settings.tokens_name.startswith("private@")


def test_what_the_default_profile_lacks_says_who_made_it_the_default(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('default = "tv"\n[profiles.tv]\nkind = "public"\n')
    with pytest.raises(InvalidSettings) as refused:
        Settings.resolve(None, home | KEY, folder=tmp_path)
    assert "config.toml:1 makes tv the default; --profile or DMR_PROFILE chooses another" in refused.value.hint
    with pytest.raises(InvalidSettings) as refused:
        Settings.resolve("tv", home | KEY, folder=tmp_path)
    assert "the default" not in refused.value.hint


@pytest.mark.row("T13")
@pytest.mark.parametrize("kept", ["{}", '{"access_token": 1}', '{"api_key": "k", "api_secret": 5, "username": ""}'])
def test_kept_secrets_that_are_none_are_called_damaged(kept: str, home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config" / "secrets").mkdir(parents=True, mode=0o700)
    (tmp_path / "config" / "config.toml").write_text('[profiles.acme]\nkind = "v2"\napi_key = "k"\n')
    file = tmp_path / "config" / "secrets" / "acme.json"
    file.write_text(kept)
    file.chmod(0o600)
    with pytest.raises(SecretsUnusable, match="is damaged") as refused:
        Settings.resolve("acme", home, folder=tmp_path)
    assert refused.value.next == f"rm {file}"

"""Accounts that are written down: the configuration keeps its comments, and holds no secret."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.settings.accounts import forget_account, forget_secrets, keep_account

CANARY = "canary-90fe"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folders = Folders.resolve({"DMR_HOME": str(tmp_path)})
    key = {"api_key": "key", "api_secret": Secret(CANARY), "username": "u", "password": Secret(f"{CANARY}-p")}
    return Settings("acme", folders, kind="public", scopes=(), **key)  # type: ignore[arg-type]


def config(settings: Settings) -> str:
    assert settings.folders.config_file is not None
    return settings.folders.config_file.read_text(encoding="utf-8")


def test_an_account_is_found_again_with_its_secrets_elsewhere(settings: Settings, tmp_path: Path) -> None:
    keep_account(settings, keep_password=True)
    assert CANARY not in config(settings)
    found = Settings.resolve(None, {"DMR_HOME": str(tmp_path)}, folder=tmp_path)
    assert (found.profile, found.key_kind, found.api_key, found.username) == ("acme", "public", "key", "u")
    assert (found.api_secret, found.password) == (settings.api_secret, settings.password)


@pytest.mark.row("TM11")
def test_the_password_is_kept_only_where_it_is_wished(settings: Settings, tmp_path: Path) -> None:
    keep_account(settings, keep_password=False)
    kept = (tmp_path / "config" / "secrets" / "acme.json").read_text(encoding="utf-8")
    assert CANARY in kept
    assert f"{CANARY}-p" not in kept


def test_comments_and_other_accounts_stay_and_the_first_default_too(settings: Settings) -> None:
    keep_account(settings, keep_password=False)
    path = settings.folders.config_file
    assert path is not None
    path.write_text("# mine\n" + config(settings) + "\n[profiles.other]  # theirs\nkind = 'v2'\n", encoding="utf-8")
    keep_account(replace(settings, profile="tv", kind="v2"), keep_password=False)
    text = config(settings)
    assert "# mine" in text
    assert "# theirs" in text
    assert tomllib.loads(text)["default"] == "acme"
    keep_account(replace(settings, profile="tv", kind="v2"), keep_password=False, default=True)
    assert tomllib.loads(config(settings))["default"] == "tv"
    assert set(tomllib.loads(config(settings))["profiles"]) == {"acme", "other", "tv"}


def test_a_new_sign_in_replaces_what_was_written_and_takes_a_written_secret_out(settings: Settings) -> None:
    path = settings.folders.config_file
    assert path is not None
    path.parent.mkdir(parents=True)
    path.write_text(f'[profiles.acme]\nkind = "private"\napi_secret = "{CANARY}"\nca_file = "/x"\n', encoding="utf-8")
    path.chmod(0o600)
    keep_account(settings, keep_password=False)
    assert tomllib.loads(config(settings))["profiles"]["acme"] == {
        "kind": "public",
        "api_key": "key",
        "username": "u",
    }


def test_a_configuration_with_mistakes_is_not_written_over(settings: Settings) -> None:
    path = settings.folders.config_file
    assert path is not None
    path.parent.mkdir(parents=True)
    path.write_text("defalt = 'x'\n", encoding="utf-8")
    with pytest.raises(InvalidSettings, match="Did you mean default"):
        keep_account(settings, keep_password=False)
    assert path.read_text(encoding="utf-8") == "defalt = 'x'\n"


def test_what_is_forgotten_leaves_no_trace(settings: Settings) -> None:
    keep_account(settings, keep_password=True)
    assert forget_secrets(settings)
    assert forget_account(settings)
    assert not forget_account(settings)
    assert "acme" not in config(settings)
    assert CANARY not in "".join(path.read_text() for path in settings.folders.config.rglob("*") if path.is_file())  # type: ignore[union-attr]


def test_two_sign_ins_at_once_lose_neither_account(settings: Settings) -> None:
    names = [f"account{n}" for n in range(8)]

    def keep(name: str) -> None:
        keep_account(replace(settings, profile=name), keep_password=False)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, names))
    assert set(tomllib.loads(config(settings))["profiles"]) == set(names)


@pytest.mark.parametrize(
    ("change", "missing"), [('api_key = "key"', "DMR_API_SECRET"), ('username = "u"', "DMR_PASSWORD")]
)
def test_a_kept_secret_never_goes_with_another_key_or_user(
    change: str, missing: str, settings: Settings, tmp_path: Path
) -> None:
    keep_account(settings, keep_password=True)
    path = settings.folders.config_file
    assert path is not None
    name = change.partition(" ")[0]
    path.write_text(config(settings).replace(change, f'{name} = "another"'), encoding="utf-8")
    with pytest.raises(InvalidSettings, match=missing):
        Settings.resolve(None, {"DMR_HOME": str(tmp_path)}, folder=tmp_path)

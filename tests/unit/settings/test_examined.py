"""Settings that are looked at: one mistake does not hide the rest."""

from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidSettings, SecretsUnusable
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.examined import examined

KEY = {"DMR_API_KEY": "key", "DMR_API_SECRET": "canary-77aa"}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"DMR_HOME": str(tmp_path), **KEY}


def configured(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text(text)


def test_settings_without_a_mistake_are_those_that_are_used(environ: dict[str, str], tmp_path: Path) -> None:
    assert examined("v2", environ, tmp_path) == (Settings.resolve("v2", environ, folder=tmp_path), ())


@pytest.mark.parametrize("text", ["[profiles", "strange = 1", '[profiles.acme]\nkind = "x"'])
def test_a_configuration_with_mistakes_leaves_what_the_environment_says(
    text: str, environ: dict[str, str], tmp_path: Path
) -> None:
    configured(tmp_path, text)
    settings, (error,) = examined("acme", environ, tmp_path)
    assert isinstance(error, InvalidSettings)
    assert str(tmp_path / "config" / "config.toml") in error.where
    assert (settings.profile, settings.api_key) == ("acme", "key")
    assert settings.origins == {
        "profile": "--profile",
        "api_key": "DMR_API_KEY",
        "api_secret": "DMR_API_SECRET",
        "keep_tokens": "default",
    }


@pytest.mark.parametrize(
    ("profile", "more", "said"),
    [
        ("nope", {}, "There is no profile 'nope'."),
        ("sandbox", {}, "No sandbox is running."),
        ("private", {"DMR_KEEP_TOKENS": "perhaps"}, "DMR_KEEP_TOKENS must be yes or no."),
        ("private", {"DMR_API_SECRET_FILE": "/x"}, "DMR_API_SECRET and DMR_API_SECRET_FILE are both set."),
        ("sandbox", {"DMR_KIND": "privat"}, "DMR_KIND is 'privat', which is no kind of key. Did you mean private?"),
    ],
)
def test_what_cannot_be_made_out_is_told_and_the_rest_is_there(
    profile: str, more: dict[str, str], said: str, environ: dict[str, str], tmp_path: Path
) -> None:
    settings, (error,) = examined(profile, environ | more, tmp_path)
    assert error.message == said
    assert (settings.profile, settings.api_key) == (profile, "key")


def test_secrets_that_cannot_be_read_leave_the_account(tmp_path: Path) -> None:
    configured(tmp_path, '[profiles.acme]\nkind = "v2"\napi_key = "k"\nscopes = ["a"]\n')
    (tmp_path / "config" / "secrets").mkdir(mode=0o700)
    (tmp_path / "config" / "secrets" / "acme.json").write_text("junk")
    (tmp_path / "config" / "secrets" / "acme.json").chmod(0o600)
    settings, (error,) = examined("acme", {"DMR_HOME": str(tmp_path)}, tmp_path)
    assert isinstance(error, SecretsUnusable)
    assert (settings.key_kind, settings.api_key, settings.scopes) == ("v2", "k", ("a",))

"""Configuration files: what they may hold, and every mistake with its line."""

from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings.config import project_file, read_config
from dailymotion_reports.settings.resolve import Settings

CANARY = "canary-77aa"
GOOD = """\
default = "acme"
ca_file = "/etc/ca.pem"

[profiles.acme]
kind = "private"
api_key = "key"   # from the Studio
scopes = ["create_reports", "access_ads"]

[profiles.public]
username = "owner@example.com"
"""


def written(folder: Path, text: str, name: str = "config.toml", mode: int = 0o600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def problems(folder: Path, text: str, *, secrets_allowed: bool = True, mode: int = 0o600) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as caught:
        read_config(written(folder, text, mode=mode), secrets_allowed=secrets_allowed)
    assert CANARY not in str(caught.value) + caught.value.hint
    return caught.value.problems


def test_a_file_is_read_with_the_line_of_every_value(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, GOOD))
    assert (config.general["default"].value, config.general["default"].origin) == ("acme", "config.toml:1")
    acme = config.profiles["acme"]
    assert {key: (one.value, one.origin) for key, one in acme.items()} == {
        "kind": ("private", "config.toml:5"),
        "api_key": ("key", "config.toml:6"),
        "scopes": (["create_reports", "access_ads"], "config.toml:7"),
    }
    assert config.profiles["public"]["username"].origin == "config.toml:10"


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_config(tmp_path / "none.toml").profiles == {}
    assert read_config(None).general == {}


@pytest.mark.row("F1")
def test_every_mistake_of_a_file_is_told_at_once_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    text = """\
defalt = "acme"
keep_tokens = "yes"

[profiles.acme]
kind = "privat"
api_kye = "key"
scopes = "create_reports"
username = ""

[profiles.other]
api_key = "k"

[profiles."a b"]
kind = "v2"

[profiles.v2]
kind = "public"
"""
    assert problems(tmp_path, text) == (
        "config.toml:1: there is no setting 'defalt'. Did you mean default?",
        "config.toml:2: keep_tokens must be true or false.",
        "config.toml:6: there is no setting 'api_kye' in [profiles.acme]. Did you mean api_key?",
        "config.toml:7: scopes in [profiles.acme] must be a list of texts.",
        "config.toml:8: username in [profiles.acme] is empty.",
        "config.toml:5: there is no kind of key 'privat'. Did you mean private?",
        "config.toml:13: 'a b' cannot be the name of a profile: letters, digits, dots and hyphens, at most 64.",
        "config.toml:17: the profile v2 is of kind v2; give the account another name.",
    )


@pytest.mark.row("F1")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default = ", "is not TOML"),
        ("= 1", "is not TOML"),
        ("a = 1\na = 2", "is not TOML"),
        ("profiles = 3", "profiles must be a table of tables"),
        ("[profiles]\nacme = 3", "config.toml: profiles.acme must be a table"),
        ("nonsense_of_some_kind = 1", "There is default, ca_file, keep_tokens, ledger, ledger_file, database"),
    ],
)
def test_a_file_that_is_none_is_told_without_a_traceback(text: str, said: str, tmp_path: Path) -> None:
    assert any(said in problem for problem in problems(tmp_path, text))


@pytest.mark.row("F1")
def test_a_file_that_is_not_text_or_a_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidSettings, match="not UTF-8"):
        read_config(path)
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_config(tmp_path)


def test_both_a_secret_and_its_file_are_refused(tmp_path: Path) -> None:
    text = f'[profiles.private]\napi_secret = "{CANARY}"\napi_secret_file = "/x"\n'
    assert problems(tmp_path, text) == (
        "config.toml:2: api_secret and api_secret_file are both set in [profiles.private].",
    )


@pytest.mark.row("TM8")
def test_a_secret_in_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    text = f'[profiles.private]\napi_secret = "{CANARY}"\n'
    (said,) = problems(tmp_path, text, mode=0o644)
    assert said.startswith("config.toml:2: api_secret stands in a file that others can read; chmod 600 ")
    assert read_config(written(tmp_path, text)).profiles["private"]["api_secret"].value == CANARY


def test_a_secret_does_not_belong_into_a_project_s_file(tmp_path: Path) -> None:
    text = f'[profiles.private]\napi_secret = "{CANARY}"\n'
    (said,) = problems(tmp_path, text, secrets_allowed=False)
    assert said == "config.toml:2: api_secret does not belong into a project's file; use api_secret_file."


def test_whom_to_trust_is_not_a_project_s_affair(tmp_path: Path) -> None:
    text = 'ca_file = "/x"\n[profiles.private]\nca_file = "/y"\n'
    assert [one.split(": ", 1)[0] for one in problems(tmp_path, text, secrets_allowed=False)] == [
        "config.toml:1",
        "config.toml:3",
    ]


def test_values_of_a_file_never_show(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, f'[profiles.private]\napi_secret = "{CANARY}"\n'))
    assert CANARY not in repr(config)


def test_the_file_of_a_project_is_looked_for_upwards(tmp_path: Path) -> None:
    path = written(tmp_path, "", "dmr.toml")
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert project_file(tmp_path / "a" / "b") == path


def resolved(home: Path, profile: str | None = None, **environ: str) -> Settings:
    return Settings.resolve(profile, {"DMR_HOME": str(home), **environ}, folder=home / "work")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    secret = tmp_path / "secret"
    secret.write_text(f"{CANARY}\n", encoding="utf-8")
    written(
        tmp_path / "config",
        f'default = "acme"\n[profiles.acme]\nkind = "v2"\napi_key = "key"\napi_secret_file = "{secret}"\n'
        f'[profiles.tv]\nkind = "public"\napi_key = "tv"\napi_secret = "{CANARY}-tv"\nusername = "u"\npassword = "p"\n',
    )
    return tmp_path


@pytest.mark.row("F3")
def test_a_named_account_is_complete_and_every_value_says_where_it_is_from(home: Path) -> None:
    settings = resolved(home)
    assert (settings.profile, settings.key_kind, settings.api_key) == ("acme", "v2", "key")
    assert settings.api_secret.reveal() == CANARY
    assert settings.origins["profile"] == "config.toml:1"
    assert settings.origins["api_key"] == "config.toml:4"
    assert settings.origins["api_secret"] == f"config.toml:5 ({home / 'secret'}, its line end left off)"


def test_the_environment_goes_before_a_file_and_the_project_before_the_user(home: Path) -> None:
    written(home / "work", '[profiles.acme]\nkind = "private"\nscopes = ["create_reports"]\n', "dmr.toml")
    settings = resolved(home, DMR_SCOPES="a b")
    assert (settings.key_kind, settings.api_key, settings.scopes) == ("private", "key", ("a", "b"))
    assert settings.origins["kind"] == "dmr.toml:2"
    assert resolved(home).scopes == ("create_reports",)
    assert resolved(home, "tv").by_password
    assert resolved(home, DMR_PROFILE="tv").profile == "tv"


def test_another_key_in_the_environment_never_goes_with_the_secret_of_a_file(home: Path) -> None:
    with pytest.raises(InvalidSettings, match="needs DMR_API_SECRET"):
        resolved(home, DMR_API_KEY="another")
    with pytest.raises(InvalidSettings, match="needs DMR_PASSWORD"):
        resolved(home, "tv", DMR_USERNAME="somebody-else")
    with pytest.raises(InvalidSettings, match="needs DMR_USERNAME, DMR_PASSWORD"):
        resolved(home, "tv", DMR_API_KEY="another", DMR_API_SECRET="its own")
    with pytest.raises(InvalidSettings, match=r"needs DMR_PASSWORD\.$"):
        resolved(home, "tv", DMR_API_KEY="another", DMR_API_SECRET="its own", DMR_USERNAME="u")
    assert resolved(home, DMR_API_KEY="key").api_secret.reveal() == CANARY


def test_an_unknown_account_is_answered_with_the_nearest(home: Path) -> None:
    with pytest.raises(InvalidSettings) as caught:
        resolved(home, "acmee")
    assert caught.value.message == "There is no profile 'acmee'. Did you mean acme?"
    assert caught.value.hint == "There is acme, tv, public, private, v2, sandbox."


@pytest.mark.row("F5")
def test_an_account_of_a_sandbox_never_takes_a_real_key(home: Path) -> None:
    table = f'[profiles.tv]\nkind = "private"\napi_key = "tv"\napi_secret = "{CANARY}"\nurl = "http://127.0.0.1:1"\n'
    written(home / "config", table)
    with pytest.raises(InvalidSettings, match="did not come from a sandbox"):
        resolved(home, "tv")


@pytest.mark.row("F5")
def test_a_project_cannot_lead_an_account_elsewhere(home: Path) -> None:
    written(home / "work", '[profiles.tv]\nurl = "http://127.0.0.1:1"\n', "dmr.toml")
    with pytest.raises(InvalidSettings, match=r"dmr\.toml:2: where an account leads is not a project's affair"):
        resolved(home, "tv")


@pytest.mark.row("F1")
def test_an_account_must_say_what_kind_of_key_it_has(home: Path) -> None:
    written(home / "work", '[profiles.other]\napi_key = "k"\n', "dmr.toml")
    with pytest.raises(InvalidSettings, match=r"\[profiles.other\] does not say its kind: public, private or v2"):
        resolved(home, "other")


@pytest.mark.row("F1")
def test_a_misspelt_variable_is_pointed_at(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as caught:
        resolved(tmp_path, "private", DMR_APIKEY="x", DMR_API_SECRET=CANARY)
    assert "DMR_APIKEY is set; did you mean DMR_API_KEY?" in caught.value.hint


@pytest.mark.parametrize(("word", "kept"), [("no", False), ("0", False), ("yes", True), ("TRUE", True)])
def test_whether_tokens_are_kept_can_be_said(word: str, kept: bool, home: Path) -> None:
    assert resolved(home, DMR_KEEP_TOKENS=word).keep_tokens is kept
    with pytest.raises(InvalidSettings, match="DMR_KEEP_TOKENS must be yes or no"):
        resolved(home, DMR_KEEP_TOKENS="perhaps")


def next_of(path: Path) -> str:
    with pytest.raises(InvalidSettings) as refused:
        read_config(path)
    return refused.value.next


def test_an_address_and_a_default_that_are_none_are_told_beside_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, 'default = "zzz"\nkeep_tokens = "x"\n[profiles.acme]\nkind = "v2"\nurl = "ftp://x"\n')
    with pytest.raises(InvalidSettings) as refused:
        read_config(path)
    assert sorted(refused.value.problems) == [
        "config.toml:1: there is no profile 'zzz'. There is acme, public, private, v2, sandbox.",
        "config.toml:2: keep_tokens must be true or false.",
        "config.toml:5: url in [profiles.acme] is not the address of a sandbox.",
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("api_key = x", "Texts stand in quotes"),
        ("[profiles.a]\n[profiles.a]\n", "Each table stands once"),
        ("[profiles.a\n", "brackets"),
        ("default\n", "an equals sign"),
        ('default = "a\n', "ends with the quote"),
        ('default = "a"\ndefault = "b"\n', "Each key stands once"),
    ],
)
def test_what_is_no_toml_is_answered_with_what_may_mend_it(text: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as refused:
        read_config(written(tmp_path, text))
    assert hint in refused.value.hint
    assert ("Texts stand" in refused.value.hint) == ("Texts stand" in hint)


def test_what_cannot_be_read_names_the_command_that_helps(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'default = "acme"\n# \xff\n')
    assert next_of(path) == f"cat {path}"
    path.unlink()
    path.mkdir()
    assert next_of(path) == f"ls -ld {path}"


def test_secrets_that_others_can_read_name_the_chmod_where_nothing_else_is_wrong(tmp_path: Path) -> None:
    path = written(tmp_path, '[profiles.acme]\nkind = "v2"\napi_secret = "s"\n')
    path.chmod(0o644)
    assert next_of(path) == f"chmod 600 {path}"
    path.write_text(path.read_text() + "strange = 1\n")
    assert next_of(path) == f"cat {path}"

"""The address of a shared ledger: taken apart as libpq would, and never repeated where it is wrong."""

from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.config import read_config
from dailymotion_reports.settings.examined import examined
from dailymotion_reports.settings.ledger_url import ledger_url

CANARY = "canary-31c9"
URL = f"postgresql://dmr:{CANARY}@db.example.com:5433/reports"
KEPT = "postgres://u:pw-9@d"
"""Short enough not to be taken for a secret that was left in a file."""


def test_an_address_is_taken_apart_and_its_password_is_a_secret() -> None:
    found = ledger_url(f"{URL}?sslmode=verify-full", "DMR_LEDGER")
    assert found.parameters == {
        "user": "dmr",
        "host": "db.example.com",
        "port": "5433",
        "dbname": "reports",
        "sslmode": "verify-full",
    }
    assert found.password == Secret(CANARY)
    assert found.shown == "postgresql://dmr:[secret]@db.example.com:5433/reports?sslmode=verify-full"
    assert CANARY not in repr(found)


@pytest.mark.parametrize(
    ("text", "parameters", "password"),
    [
        ("postgres://db/x", {"host": "db", "dbname": "x"}, ""),
        ("postgresql:///x?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "x"}, ""),
        ("postgresql://u:%40%2F%3F%25@[::1]/x", {"user": "u", "host": "::1", "dbname": "x"}, "@/?%"),
        ("postgresql://a%40b@db/x", {"user": "a@b", "host": "db", "dbname": "x"}, ""),
        ("postgresql://", {}, ""),
    ],
)
def test_what_is_not_said_is_left_to_libpq_and_escapes_are_read(
    text: str, parameters: dict[str, str], password: str
) -> None:
    found = ledger_url(text, "DMR_LEDGER")
    assert (found.parameters, found.password.reveal()) == (parameters, password)


@pytest.mark.parametrize(
    "text",
    [
        f"mysql://u:{CANARY}@db/x",
        CANARY,
        f"/var/lib/{CANARY}.sqlite",
        f"postgresql://u:{CANARY}/w@db/x",
        f"postgresql://u:12/{CANARY}@db/x",
        f"postgresql://u:{CANARY}#w@db/x",
        f"postgresql://u:12#{CANARY}@db/x",
        f"postgresql://u:12?{CANARY}@db/x",
        f"postgresql://u@db/x?password={CANARY}",
        f"postgresql://u@db/x?options={CANARY}",
        f"postgresql://u@[db/{CANARY}",
        f"postgresql://u@db:{CANARY}/x",
        f"postgresql://u:{CANARY}\udcff@db/x",
    ],
)
def test_a_wrong_address_is_refused_and_nothing_of_it_is_repeated(text: str, tmp_path: Path) -> None:
    environ = {"DMR_HOME": str(tmp_path), "DMR_LEDGER": text, "DMR_API_KEY": "k", "DMR_API_SECRET": "s"}
    with pytest.raises(InvalidSettings) as refused:
        Settings.resolve("private", environ, folder=tmp_path)
    error = refused.value
    assert (error.where, error.next) == ("DMR_LEDGER", "unset DMR_LEDGER")
    assert "postgresql://user@host:5432/database" in error.hint or "Known are" in error.hint
    assert CANARY not in error.message + error.hint
    settings, (told,) = examined("private", environ, tmp_path)
    assert (told.message, settings.ledger, settings.api_key) == (error.message, Secret(""), "k")


def resolved(tmp_path: Path, **environ: str) -> Settings:
    environ = {"DMR_HOME": str(tmp_path), "DMR_API_KEY": "k", "DMR_API_SECRET": "s"} | environ
    return Settings.resolve("private", environ, folder=tmp_path / "project")


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def test_the_environment_goes_before_the_user_before_the_file_of_this_machine(tmp_path: Path) -> None:
    assert resolved(tmp_path).ledger_shown == str(tmp_path / "state" / "jobs.sqlite")
    assert resolved(tmp_path).shared_ledger is None
    written(tmp_path / "config" / "config.toml", 'ledger = "postgresql://mine/x"\n')
    assert resolved(tmp_path).ledger_shown == "postgresql://mine/x"
    settings = resolved(tmp_path, DMR_LEDGER=URL)
    assert (settings.ledger, settings.origins["ledger"]) == (Secret(URL), "DMR_LEDGER")
    assert {Secret(URL), Secret(CANARY)} <= set(settings.secrets)
    assert CANARY not in repr(settings)


def test_a_profile_may_have_a_ledger_of_its_own(tmp_path: Path) -> None:
    written(
        tmp_path / "config" / "config.toml",
        'ledger = "postgresql://all/x"\n[profiles.private]\nledger = "postgresql://one/x"\n',
    )
    assert resolved(tmp_path).ledger_shown == "postgresql://one/x"


def test_the_address_may_stand_in_a_file(tmp_path: Path) -> None:
    written(tmp_path / "secret", f"{KEPT}\n")
    assert resolved(tmp_path, DMR_LEDGER_FILE=str(tmp_path / "secret")).ledger == Secret(KEPT)
    written(tmp_path / "config" / "config.toml", f'ledger_file = "{tmp_path / "secret"}"\n')
    assert resolved(tmp_path).ledger == Secret(KEPT)
    with pytest.raises(InvalidSettings, match="DMR_LEDGER and DMR_LEDGER_FILE are both set"):
        resolved(tmp_path, DMR_LEDGER_FILE=str(tmp_path / "secret"), DMR_LEDGER=KEPT)


@pytest.mark.parametrize(
    ("text", "secrets_allowed", "mode", "said"),
    [
        (
            f'ledger = "{KEPT}"',
            False,
            0o600,
            "config.toml:1: where jobs are written down is not a project's affair; ledger is yours.",
        ),
        (
            f'[profiles.a]\nledger = "{KEPT}"',
            False,
            0o600,
            "config.toml:2: where jobs are written down is not a project's affair; ledger is yours.",
        ),
        (f'ledger = "{KEPT}"', True, 0o644, "config.toml:1: the password in ledger stands in a file that others can"),
        (
            'ledger = "sqlite:///x"',
            True,
            0o600,
            "config.toml:1: ledger is the address of no ledger that is known.",
        ),
        (
            'ledger = "postgresql://db/x"\nledger_file = "y"',
            True,
            0o600,
            "config.toml:1: ledger and ledger_file are both set.",
        ),
    ],
)
def test_a_file_with_a_ledger_that_may_not_stand_there_is_refused(
    text: str, secrets_allowed: bool, mode: int, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    written(path, text)
    path.chmod(mode)
    with pytest.raises(InvalidSettings) as refused:
        read_config(path, secrets_allowed=secrets_allowed)
    assert [problem[: len(said)] for problem in refused.value.problems] == [said]
    assert "pw-9" not in str(refused.value) + refused.value.hint


def test_a_password_may_stand_in_a_file_that_is_its_owners_alone(tmp_path: Path) -> None:
    written(tmp_path / "config" / "config.toml", f'ledger = "{KEPT}"\n')
    assert resolved(tmp_path).ledger == Secret(KEPT)

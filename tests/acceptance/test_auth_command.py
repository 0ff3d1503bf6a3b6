"""``dmr auth``, ``config``, ``doctor`` and ``completion``, as users run them, against a sandbox."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.served import Dmr, Served
from tests.command import run_command

QUESTION = ("views", "--by", "day", "--from", "2023-07-01", "--to", "2023-07-04")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DMR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def public(served: Served) -> dict[str, Any]:
    keys = ("api_key", "api_secret", "username", "password", "url")
    return {key: served.info[key] for key in keys} | {"kind": "public"}


@pytest.fixture
def private(served: Served) -> dict[str, Any]:
    key = served.info["private"]
    return {"api_key": key["client_id"], "api_secret": key["client_secret"], "url": served.info["url"]}


def run(
    tmp_path: Path, *arguments: str, given: object = None, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run ``dmr`` with ``given`` as JSON on stdin."""
    return run_command(arguments, tmp_path, given, environment)


def everything_kept(home: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in sorted(home.rglob("*")) if path.is_file())


def accounts(done: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)["accounts"]
    return found


@pytest.mark.parametrize("kind", ["private", "v2"])
def test_a_sign_in_makes_a_named_account_that_reports_find(
    kind: str, private: dict[str, Any], served: Served, tmp_path: Path, dmr: Dmr
) -> None:
    done = run(tmp_path, "auth", "login", "--profile", "acme", "--kind", kind, "--stdin", "--json", given=private)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["profile"], told["kind"], told["signed_in"]) == ("acme", kind, True)
    assert told["scopes_granted"] == ["access_ads", "access_revenue", "create_reports", "read_reports"]
    assert private["api_secret"] not in done.stdout + done.stderr
    csv = dmr("report", *QUESTION, "--profile", "acme", "-o", "-")
    assert [line.split(",") for line in csv.stdout.splitlines()] == served.truth(
        "VIEWS", "DAY", "2023-07-01", "2023-07-04"
    )
    assert served.stats["token_requests"] == 1, "the report uses the token of the sign-in"


def test_moving_to_v2_changes_nothing_else(private: dict[str, Any], tmp_path: Path, dmr: Dmr, home: Path) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    before = dmr("report", *QUESTION, "--profile", "acme", "--into", "duckdb:a.duckdb", "--json")
    config = home / "config" / "config.toml"
    config.write_text(config.read_text().replace('kind = "private"', 'kind = "v2"'))
    after = dmr("report", *QUESTION, "--profile", "acme", "--into", "duckdb:a.duckdb", "--json")
    assert (before.returncode, after.returncode) == (0, 0)
    assert json.loads(before.stdout)["into"]["rows"] == json.loads(after.stdout)["into"]["rows"] == 4
    import duckdb

    with duckdb.connect(str(tmp_path / "a.duckdb")) as opened:
        assert opened.execute("SELECT count(*) FROM report").fetchall() == [(4,)], "the same account's rows, replaced"


@pytest.mark.row("TM11")
def test_the_password_is_not_kept_once_a_refresh_token_is(
    public: dict[str, Any], served: Served, tmp_path: Path, dmr: Dmr, home: Path
) -> None:
    done = run(tmp_path, "auth", "login", "--profile", "tv", "--stdin", given=public)
    assert done.returncode == 0, done.stderr
    assert public["password"] not in everything_kept(home)
    (account,) = accounts(dmr("auth", "status", "--profile", "tv", "--json"))
    assert (account["password"], account["renewable"], account["usable"]) == ("not kept", True, True)
    assert dmr("report", *QUESTION, "--profile", "tv", "-o", "-").returncode == 0
    run(tmp_path, "auth", "login", "--profile", "tv", "--stdin", "--keep-password", given=public)
    assert public["password"] in (home / "config" / "secrets" / "tv.json").read_text()


@pytest.mark.row("TM10")
def test_a_sign_out_ends_the_session_and_takes_everything_away(
    public: dict[str, Any], served: Served, tmp_path: Path, dmr: Dmr, home: Path
) -> None:
    run(tmp_path, "auth", "login", "--profile", "tv", "--stdin", given=public)
    (record,) = (home / "state" / "tokens").glob("*.json")
    refresh = json.loads(record.read_text())["refresh"]
    done = dmr("auth", "logout", "--profile", "tv", "--json")
    assert json.loads(done.stdout) == {
        "ok": True,
        "profile": "tv",
        "taken": True,
        "forgotten": False,
        "revoked": True,
        "problem": "",
        "good_until": None,
    }
    assert served.stats["logouts"] == 1
    assert refresh not in everything_kept(home)
    assert public["api_secret"] not in everything_kept(home)
    form = {"grant_type": "refresh_token", "client_id": public["api_key"], "client_secret": public["api_secret"]}
    assert refused(served, form | {"refresh_token": refresh})
    again = dmr("auth", "status", "--profile", "tv", "--json")
    assert again.returncode == 3
    assert accounts(again)[0]["error"]["message"] == "The profile tv needs DMR_API_SECRET, DMR_PASSWORD."
    assert "nothing was kept" in dmr("auth", "logout", "--profile", "tv").stderr.lower()


def refused(served: Served, form: Mapping[str, str]) -> bool:
    import urllib.error
    import urllib.parse
    import urllib.request

    request = urllib.request.Request(served.info["token_url"], urllib.parse.urlencode(form).encode())
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 400
    return False


def test_an_account_can_be_forgotten_whole(private: dict[str, Any], tmp_path: Path, dmr: Dmr, home: Path) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "v2", "--stdin", given=private)
    assert dmr("auth", "logout", "--profile", "acme", "--forget").returncode == 0
    assert "acme" not in (home / "config" / "config.toml").read_text()
    assert dmr("auth", "status", "--profile", "acme").returncode == 3


@pytest.mark.row("T1")
def test_a_refused_sign_in_keeps_nothing(private: dict[str, Any], tmp_path: Path, home: Path, served: Served) -> None:
    wrong = private | {"api_secret": "sandbox-wrong"}
    done = run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", "--json", given=wrong)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "api.not_authenticated"
    assert served.stats["token_requests"] == 1
    assert not (home / "config").exists()
    assert "sandbox-wrong" not in everything_kept(home) + done.stdout + done.stderr


@pytest.mark.row("F1")
def test_every_mistake_on_stdin_is_told_and_no_value_repeated(tmp_path: Path) -> None:
    given = {"api_kye": "canary", "api_secret": 5, "kind": "canary", "scopes": [1], "zzzz": "canary"}
    done = run(tmp_path, "auth", "login", "--stdin", "--json", given=given)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["message"].splitlines() == [
        "There is no 'api_kye' in a sign-in. Did you mean api_key?",
        "api_secret must be a text.",
        "kind must be public, private or v2.",
        "scopes must be a text.",
        "There is no 'zzzz' in a sign-in. "
        "There is kind, api_key, api_secret, username, password, scopes, url, ca_file.",
    ]
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 20000])
def test_what_is_not_one_json_object_is_refused(text: str, tmp_path: Path) -> None:
    done = run(tmp_path, "auth", "login", "--stdin", given=text)
    assert done.returncode == 3
    assert "What came on stdin is not one JSON object." in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_terminal_the_environment_is_taken(private: dict[str, Any], tmp_path: Path, home: Path) -> None:
    environment = {"DMR_API_KEY": private["api_key"], "DMR_API_SECRET": private["api_secret"]}
    arguments = ("auth", "login", "--profile", "acme", "--kind", "private", "--url", private["url"])
    assert run(tmp_path, *arguments, environment=environment).returncode == 0
    bare = run(tmp_path, "auth", "login", "--kind", "private")
    assert bare.returncode == 3
    assert "The profile private needs DMR_API_KEY, DMR_API_SECRET." in bare.stderr


@pytest.mark.row("F5")
def test_a_real_key_is_not_sent_to_a_sandbox_by_a_sign_in(
    private: dict[str, Any], tmp_path: Path, served: Served
) -> None:
    arguments = ("auth", "login", "--profile", "acme", "--kind", "private", "--stdin")
    done = run(tmp_path, *arguments, given=private | {"api_secret": "real"})
    assert done.returncode == 3
    assert "did not come from a sandbox" in done.stderr
    elsewhere = {key: value for key, value in private.items() if key != "url"}
    assert "came from a sandbox" in run(tmp_path, *arguments, given=elsewhere).stderr
    assert served.stats["token_requests"] == 0


@pytest.fixture
def terminal(tmp_path: Path) -> Any:
    """Run ``dmr`` at a terminal, answering what it asks; returns the exit code and all that was shown."""

    def talk(*arguments: str, answers: Mapping[str, str]) -> tuple[int, str]:
        main, other = pty.openpty()
        command = [sys.executable, "-m", "dailymotion_reports", *arguments]
        environment = {key: value for key, value in os.environ.items() if key != "CI"}
        child = subprocess.Popen(command, stdin=other, stdout=other, stderr=other, cwd=tmp_path, env=environment)
        os.close(other)
        shown, waiting = "", dict(answers)
        while chunk := _read(main):
            shown += chunk
            for question in [one for one in waiting if shown.rstrip().endswith(one)]:
                os.write(main, (waiting.pop(question) + "\n").encode())
        os.close(main)
        return child.wait(), shown

    return talk


def _read(descriptor: int) -> str:
    try:
        return os.read(descriptor, 4096).decode()
    except OSError:  # the other end has closed
        return ""


def test_at_a_terminal_it_asks_and_echoes_no_secret(public: dict[str, Any], terminal: Any, home: Path) -> None:
    code, shown = terminal(
        "auth",
        "login",
        "--profile",
        "tv",
        "--url",
        public["url"],
        answers={
            "[private]:": "public",
            "API key:": public["api_key"],
            "API secret:": public["api_secret"],
            "e-mail):": public["username"],
            "Password:": public["password"],
        },
    )
    assert code == 0, shown
    assert f"Signed in as {public['username']}, with the public key {public['api_key']}." in shown
    assert public["api_secret"] not in shown
    assert public["password"] not in shown
    assert 'kind = "public"' in (home / "config" / "config.toml").read_text()


def test_the_state_of_every_account_is_shown_with_where_each_value_is_from(
    private: dict[str, Any], public: dict[str, Any], tmp_path: Path, dmr: Dmr
) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "v2", "--stdin", given=private)
    run(tmp_path, "auth", "login", "--profile", "tv", "--stdin", given=public)
    done = dmr("auth", "status", "--all", "--check")
    assert done.returncode == 0
    assert "acme" in done.stdout
    assert public["username"] in done.stdout
    assert "(config.toml:" in done.stdout
    for secret in (private["api_secret"], public["api_secret"], public["password"]):
        assert secret not in done.stdout + done.stderr


def test_a_check_says_what_the_service_says(private: dict[str, Any], tmp_path: Path, dmr: Dmr, served: Served) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    wrong = {"DMR_API_SECRET": "sandbox-wrong", "DMR_KEEP_TOKENS": "no"}
    done = dmr("auth", "status", "--profile", "acme", "--check", "--json", environment=wrong)
    assert done.returncode == 3
    assert "refused the sign-in" in json.loads(done.stdout)["error"]["message"]


def test_a_sign_out_long_after_the_token_ran_out_ends_the_session_all_the_same(
    public: dict[str, Any], served: Served, tmp_path: Path, dmr: Dmr, home: Path
) -> None:
    run(tmp_path, "auth", "login", "--profile", "tv", "--stdin", given=public)
    served.turn_clock(50_000.0)
    assert json.loads(dmr("auth", "logout", "--profile", "tv", "--json").stdout)["revoked"] is True
    assert served.stats["logouts"] == 1


def test_without_kept_tokens_the_password_is_kept(public: dict[str, Any], tmp_path: Path, dmr: Dmr) -> None:
    no = {"DMR_KEEP_TOKENS": "no"}
    run(tmp_path, "auth", "login", "--profile", "tv", "--stdin", given=public, environment=no)
    assert dmr("report", *QUESTION, "--profile", "tv", "-o", "-", environment=no).returncode == 0


@pytest.mark.parametrize("command", [("auth", "status"), ("doctor", "--offline")])
def test_what_is_wrong_is_an_error_object_too(command: tuple[str, ...], tmp_path: Path, dmr: Dmr) -> None:
    done = dmr(*command, "--profile", "private", "--json")
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["ok"], told["error"]["code"]) == (False, "settings.invalid")
    assert told["error"]["message"] == "The profile private needs DMR_API_KEY, DMR_API_SECRET."
    assert told["error"]["next"] == "dmr auth login --profile private"


def test_a_log_is_kept_of_every_command_that_speaks(private: dict[str, Any], tmp_path: Path, dmr: Dmr) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    for command in (("auth", "status", "--check"), ("doctor",)):
        assert " INFO httpx2: HTTP Request: " in dmr(*command, "--profile", "acme", "--debug").stderr


@pytest.mark.row("TM7")
def test_the_settings_are_shown_without_their_secrets(private: dict[str, Any], tmp_path: Path, dmr: Dmr) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    told = json.loads(dmr("config", "show", "--json").stdout)
    assert (told["settings"]["profile"], told["settings"]["api_secret"]) == ("acme", "[secret]")
    assert told["origins"]["profile"] == "config.toml:1"
    assert told["origins"]["api_secret"].startswith("dmr auth login (")
    plain = dmr("config", "show")
    assert private["api_secret"] not in plain.stdout
    assert "config.toml:1" in plain.stdout


@pytest.mark.row("TM7")
def test_a_shared_ledger_is_shown_without_its_password(dmr: Dmr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMR_LEDGER", "postgresql://dmr:long-password-of-ours-1f@db.example.com/reports")
    told = json.loads(dmr("config", "show", "--json").stdout)
    assert told["settings"]["ledger"] == "postgresql://dmr:[secret]@db.example.com/reports"
    assert told["origins"]["ledger"] == "DMR_LEDGER"
    assert "long-password" not in dmr("config", "show").stdout


def test_a_doctor_finds_nothing_wrong_where_nothing_is(private: dict[str, Any], tmp_path: Path, dmr: Dmr) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    done = dmr("doctor", "--json")
    checks = json.loads(done.stdout)["checks"]
    assert done.returncode == 0, checks
    assert {check["state"] for check in checks} == {"ok"}
    assert {"versions", "extras", "profile", "setting", "data", "network", "clock", "credentials"} <= {
        check["name"] for check in checks
    }


@pytest.mark.row("T12")
def test_a_doctor_shows_by_how_much_the_clocks_differ(
    private: dict[str, Any], tmp_path: Path, dmr: Dmr, served: Served
) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    served.turn_clock(90000.0)
    checks = {check["name"]: check for check in json.loads(dmr("doctor", "--json").stdout)["checks"]}
    assert checks["clock"]["state"] == "note"
    assert checks["clock"]["detail"].startswith("1 day, ")
    assert "behind the service's" in checks["clock"]["detail"]
    assert checks["credentials"]["state"] == "ok", "a token of yesterday is renewed"


def test_a_doctor_names_what_is_wrong_and_what_mends_it(
    private: dict[str, Any], tmp_path: Path, dmr: Dmr, home: Path
) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    (record,) = (home / "state" / "tokens").glob("*.json")
    record.chmod(0o644)
    done = dmr("doctor", "--json", environment={"DMR_APIKEY": "x"})
    assert done.returncode == 3
    faults = [check for check in json.loads(done.stdout)["checks"] if check["state"] == "fault"]
    assert {check["next"] for check in faults} == {f"chmod 600 {record}"}
    assert "did you mean DMR_API_KEY?" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_taught_to_complete(shell: str, dmr: Dmr) -> None:
    done = dmr("completion", shell)
    assert done.returncode == 0
    assert "_DMR_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("dmr rep", "report"),
        ("dmr report vie", "views"),
        ("dmr report VIEWS,TIME_W", "VIEWS,TIME_WATCHED_SECONDS"),
        ("dmr report views --by day,video-t", "day,video-title"),
        ("dmr report views --filter media-type=V", "media-type=VIDEO"),
        ("dmr report --ready daily", "daily-overview"),
        ("dmr catalog explain fill", "fill-rate"),
    ],
)
def test_names_are_completed(words: str, offered: str, dmr: Dmr) -> None:
    environment = {
        "_DMR_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = dmr(environment=environment)
    assert f"plain,{offered}" in done.stdout.splitlines()


def test_accounts_of_the_configuration_are_completed(private: dict[str, Any], tmp_path: Path, dmr: Dmr) -> None:
    run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private)
    words = "dmr report views --profile ac"
    environment = {"_DMR_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": "4"}
    assert dmr(environment=environment).stdout.splitlines() == ["plain,acme"]


@pytest.fixture
def two(private: dict[str, Any], public: dict[str, Any], tmp_path: Path) -> None:
    run(tmp_path, "auth", "login", "--profile", "tv", "--stdin", given=public)
    run(tmp_path, "auth", "login", "--profile", "p", "--kind", "private", "--stdin", given=private)


@pytest.mark.thorough
@pytest.mark.row("T13")
@pytest.mark.parametrize("damage", ["junk", "{}", '{"access_token": 1}', "open"])
@pytest.mark.parametrize("where", ["config/secrets/p.json", "state/tokens/p@*.json"])
@pytest.mark.usefixtures("two")
def test_a_damaged_account_is_told_and_hides_no_other(damage: str, where: str, dmr: Dmr, home: Path) -> None:
    (file,) = home.glob(where)
    if damage == "open":
        file.chmod(0o644)
    else:
        file.write_text(damage)
    done = dmr("auth", "status", "--all")
    assert (done.returncode, done.stderr) == (3, "")
    assert "good until" in done.stdout.partition("profile     p\n")[0], "tv is shown whole"
    assert ("can be read by others" if damage == "open" else "is damaged") in done.stdout
    told = json.loads(dmr("auth", "status", "--profile", "p", "--json").stdout)
    assert told["error"]["code"] == "settings.secrets"
    assert "Next: " in dmr("auth", "status", "--profile", "p").stdout


@pytest.mark.row("TM10")
@pytest.mark.parametrize("forget", [(), ("--forget",)])
@pytest.mark.usefixtures("two")
def test_a_sign_out_takes_away_what_cannot_be_read_and_ends_what_it_can(
    forget: tuple[str, ...], dmr: Dmr, home: Path, served: Served
) -> None:
    (home / "config" / "secrets" / "tv.json").write_text("junk")
    done = dmr("auth", "logout", "--profile", "tv", *forget)
    assert done.returncode == 0
    assert "tv.json is damaged" in done.stderr
    assert "The service has ended the session." in done.stderr
    assert served.stats["logouts"] == 1
    assert [*home.glob("config/secrets/tv*"), *home.glob("state/tokens/tv*.json")] == []
    assert ("[profiles.tv]" in (home / "config" / "config.toml").read_text()) is not bool(forget)


@pytest.mark.usefixtures("two")
def test_a_sign_out_says_until_when_the_token_of_a_private_key_stays_good(dmr: Dmr) -> None:
    done = dmr("auth", "logout", "--profile", "p")
    assert "its token stays good until" in done.stderr
    assert json.loads(dmr("auth", "logout", "--profile", "p", "--json").stdout)["good_until"] is None


@pytest.mark.row("TM10")
@pytest.mark.usefixtures("two")
def test_signing_in_with_another_key_ends_the_session_from_before(
    private: dict[str, Any], tmp_path: Path, served: Served
) -> None:
    done = run(tmp_path, "auth", "login", "--profile", "tv", "--kind", "private", "--stdin", given=private)
    assert "The session from before, under another key, has been ended" in done.stderr
    assert served.stats["logouts"] == 1


@pytest.mark.usefixtures("two")
def test_kept_tokens_of_a_sandbox_that_has_stopped_can_be_taken_away(dmr: Dmr, home: Path) -> None:
    (record,) = home.glob("state/tokens/p@*.json")
    record.rename(record.with_name("sandbox@0123456789abcdef.json"))
    done = dmr("auth", "logout", "--profile", "sandbox")
    assert done.returncode == 0
    assert "Signed out of sandbox." in done.stderr
    assert list(home.glob("state/tokens/sandbox@*.json")) == []


@pytest.mark.parametrize("how", ["--kind", "kind", "DMR_PROFILE"])
def test_a_kind_that_is_not_the_profiles_is_refused(
    how: str, private: dict[str, Any], tmp_path: Path, served: Served
) -> None:
    given = private | ({"kind": "v2"} if how == "kind" else {})
    arguments = ["auth", "login", "--stdin"] + ([] if how == "kind" else ["--kind", "v2"])
    arguments += [] if how == "DMR_PROFILE" else ["--profile", "private"]
    environment = {"DMR_PROFILE": "private"} if how == "DMR_PROFILE" else {}
    done = run(tmp_path, *arguments, given=given, environment=environment)
    assert done.returncode == 2
    assert "The profile private is of kind private, and" in done.stderr
    assert "--profile NAME --kind v2" in done.stderr
    assert served.stats["token_requests"] == 0


@pytest.mark.parametrize("key", ["DMR_API_KEY", "DMR_USERNAME", "DMR_SCOPES"])
def test_a_variable_that_is_not_utf8_is_told(key: str, dmr: Dmr) -> None:
    profile = "public" if key == "DMR_USERNAME" else "private"
    done = dmr("auth", "status", "--profile", profile, environment={key: "k\udcff"})
    assert done.returncode == 3
    assert f"problem     {key} is not UTF-8." in done.stdout
    assert f"Next: dmr config show --profile {profile}" in done.stdout


@pytest.mark.usefixtures("two")
def test_a_check_says_that_the_service_was_asked(dmr: Dmr) -> None:
    assert "was asked just now, and lets us in" in dmr("auth", "status", "--profile", "p", "--check").stdout
    assert "was asked" not in dmr("auth", "status", "--profile", "p").stdout


def test_a_token_that_is_not_there_promises_nothing_beside_a_problem(dmr: Dmr) -> None:
    done = dmr("auth", "status", "--profile", "private")
    assert "problem" in done.stdout
    assert "the next command signs in" not in done.stdout


def test_the_first_account_is_said_to_be_the_default(
    private: dict[str, Any], tmp_path: Path, dmr: Dmr, home: Path
) -> None:
    arguments = ("--kind", "private", "--stdin")
    first = run(tmp_path, "auth", "login", "--profile", "acme", *arguments, given=private)
    assert "acme is the default from now on" in first.stderr
    second = run(tmp_path, "auth", "login", "--profile", "other", *arguments, given=private)
    assert "the default" not in second.stderr
    done = dmr("report", *QUESTION, environment={"DMR_API_KEY": "k", "DMR_API_SECRET": "s"})
    assert "config.toml:1 makes acme the default; --profile or DMR_PROFILE chooses another" in done.stderr


@pytest.mark.row("F5")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"api_secret": "real"}, "api_secret of the object on stdin did not come from a sandbox"),
        ({"api_secret": "\ud800"}, "api_secret of the object on stdin is not UTF-8"),
        ({"api_secret": ""}, "api_secret is empty."),
    ],
)
def test_a_secret_on_stdin_is_not_called_a_variable(
    given: dict[str, str], said: str, private: dict[str, Any], tmp_path: Path
) -> None:
    done = run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private", "--stdin", given=private | given)
    assert done.returncode == 3
    assert said in done.stderr
    assert "DMR_API_SECRET" not in done.stderr


def test_what_one_account_keeps_is_not_taken_for_another(private: dict[str, Any], tmp_path: Path, dmr: Dmr) -> None:
    run(tmp_path, "auth", "login", "--profile", "private", "--stdin", given=private)
    done = run(tmp_path, "auth", "login", "--profile", "acme", "--kind", "private")
    assert done.returncode == 3
    assert "The profile acme needs DMR_API_KEY, DMR_API_SECRET." in done.stderr


def test_a_question_that_is_answered_with_nothing_says_so(terminal: Any) -> None:
    code, shown = terminal(
        "auth",
        "login",
        "--profile",
        "tv",
        "--kind",
        "private",
        answers={"API key:": "", "sign-in.\r\nAPI key:": "sandbox-k", "API secret:": "sandbox-s"},
    )
    said = " ".join(shown.split())
    assert "Nothing was given; Ctrl-C ends the sign-in." in said
    assert "api_key of the answers given and api_secret of the answers given came from a sandbox" in said
    assert code == 3


@pytest.mark.row("F1")
@pytest.mark.parametrize(
    "arguments", [("--profile", "nope"), ("--profile", "sandbox"), ("--profile", "private")], ids=lambda one: one[1]
)
def test_a_doctor_looks_at_the_rest_where_the_settings_are_wrong(
    arguments: tuple[str, str], dmr: Dmr, home: Path
) -> None:
    if "private" in arguments:
        (home / "config").mkdir(parents=True)
        (home / "config" / "config.toml").write_text("strange = 1\nkeep_tokens = 5\n")
    done = dmr("doctor", "--offline", *arguments, "--json", environment={"DMR_API_KEY": "k"})
    told = json.loads(done.stdout)
    assert (done.returncode, told["error"]["code"]) == (3, "settings.invalid")
    assert [check["name"] for check in told["checks"] if check["state"] == "fault"] == ["settings"]
    assert {"versions", "profile", "data", "way out"} <= {check["name"] for check in told["checks"]}
    assert "api_key from DMR_API_KEY" in [check["detail"] for check in told["checks"]]

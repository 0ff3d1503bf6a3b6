"""``dmr catalog``: what it lists, explains, shows and finds, for people and for programs."""

import json
import signal
from typing import Any

import pytest

from dailymotion_reports.cli.main import main
from dailymotion_reports.errors import NotAllowed
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.drift import Difference, Drift
from dailymotion_reports.workspace import Workspace

CATALOG = load_catalog()


@pytest.fixture(autouse=True)
def no_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)


@pytest.fixture(params=[None, 80, 140], ids=["piped", "80", "140"])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """No terminal, a narrow one, a wide one."""
    monkeypatch.delenv("COLUMNS", raising=False)
    if request.param:
        monkeypatch.setenv("COLUMNS", str(request.param))
    width: int | None = request.param
    return width


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["catalog", *arguments])
    out, err = capsys.readouterr()
    return stopped.value.code, out, err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    return json.loads(out)


def widest(text: str) -> int:
    return max(len(line) for line in text.splitlines())


def test_the_list_has_every_name_and_fits(capsys: pytest.CaptureFixture[str], width: int | None) -> None:
    code, out, err = run(capsys)
    assert code == 0
    words = out.split()
    for name in (*CATALOG.metrics, *CATALOG.dimensions, *CATALOG.filters, *CATALOG.products):
        assert name in words
    assert "\x1b" not in out
    assert out.isascii()
    assert width is None or widest(out) <= width
    assert widest(err) <= 80


def test_metrics_stand_together_below_their_group(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "--metrics")[1]
    headings = [line for line in out.splitlines() if line.startswith("Metrics: ")]
    assert len(headings) == len(CATALOG.groups)
    assert "VISITOR_COUNTRY" not in out
    usage = out.partition("Metrics: Usage")[2]
    assert "STORAGE_USED_BYTES" in usage
    assert "VIEWS" not in usage


def test_kinds_can_be_joined(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {fact["kind"] for fact in as_json(capsys, "--filters", "--products")["facts"]}
    assert kinds == {"filter", "product"}


def test_a_group_is_its_metrics_and_what_goes_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    names = {fact["name"] for fact in as_json(capsys, "--group", "Revenue")["facts"]}
    assert {"ESTIMATED_EARNINGS_EUR", "DAY", "VISITOR_COUNTRY"} <= names
    assert not {"VIEWS", "HOUR", "MEDIA_TYPE", "mediaType"} & names


def test_a_group_that_is_none_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--group", "revenues")
    assert (code, out) == (2, "")
    assert "no group 'revenues'. Did you mean revenue?" in err
    assert "ads_quality" in err


def test_the_json_of_a_list_has_source_date_and_confidence_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    told = as_json(capsys)
    assert (told["ok"], told["as_of"], len(told["facts"])) == (True, CATALOG.as_of, 62 + 53 + 5 + 4)
    assert all({"source", "date", "confidence"} <= set(fact) for fact in told["facts"])


def test_a_metric_is_explained_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", "fill-rate")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "FILL_RATE metric"
    for line in (
        "group ads: Ads / inventory data",
        "Share of sellable inventory filled by an impression.",
        "adding up made again from its parts, never added up or averaged",
        "formula NB_IMPRESSION / SELLABLE_INVENTORY",
        "made of NB_IMPRESSION, SELLABLE_INVENTORY",
        "scope access_ads: a private key asks for it",
        "not known no public document says with which dimensions",
        "seen 2026-10-12",
        "confidence documented",
    ):
        assert line in lines
    assert "https://developers.dailymotion.com/v0/reference/reports" in out


def test_what_is_less_sure_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    out = " ".join(run(capsys, "explain", "ecpm-usd", "revenu", "estimated-earnings-eur-old")[2].split())
    assert "no name 'revenu'. Did you mean revenue?" in out
    out = " ".join(run(capsys, "explain", "ecpm-usd", "content-tag", "estimated-earnings-eur")[1].split())
    assert "access_ads, access_revenue (inferred): a private key asks for it" in out
    assert "formula ESTIMATED_EARNINGS_USD / NB_IMPRESSION x 1000 (inferred)" in out
    assert "they must not be added up (inferred)" in out
    assert "seen with VISITOR_DEVICE_TYPE (seen in user code)" in out
    assert "likely with VISITOR_COUNTRY (inferred)" in out
    assert "not with HOUR" in out


def test_every_name_can_be_explained_and_fits(capsys: pytest.CaptureFixture[str], width: int | None) -> None:
    names = [fact.name for fact in CATALOG.facts()]
    code, out, _ = run(capsys, "explain", *names)
    assert code == 0
    assert out.isascii()
    prose = [line for line in out.splitlines() if "https://" not in line]
    assert width is None or max(map(len, prose)) <= width


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("max-days", "value 180 days"),
        ("row-cap", "value unknown"),
        ("max-metrics", "value unknown"),
        ("min-days", "value 1 day"),
        ("end-inclusive", "value yes"),
        ("claim", "Data of own claims."),
        ("content", "default taken where the product is left out"),
        ("access-ads", "asked with a private key"),
        ("finished", "final yes: nothing will change any more"),
        ("playlist-id", "empty cells may be empty"),
        ("mediaType", "values LIVE, VIDEO"),
        ("day", "written YYYY-MM-DD"),
    ],
)
def test_each_kind_of_fact_tells_what_is_its_own(capsys: pytest.CaptureFixture[str], name: str, line: str) -> None:
    out = run(capsys, "explain", name)[1]
    assert line in [" ".join(one.split()) for one in out.splitlines()]


def test_names_may_come_with_commas_and_are_explained_once(capsys: pytest.CaptureFixture[str]) -> None:
    facts = as_json(capsys, "explain", "views,media-type", "VIEWS")["facts"]
    assert [(fact["kind"], fact["name"]) for fact in facts] == [
        ("metric", "VIEWS"),
        ("dimension", "MEDIA_TYPE"),
        ("filter", "mediaType"),
    ]


def test_C6_all_unknown_names_are_told_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", "veiws", "views", "xqzw", "visitor-contry")
    assert (code, out) == (2, "")
    assert "no name 'veiws'. Did you mean VIEWS?" in err
    assert "no name 'xqzw'.\n" in err
    assert "Did you mean VISITOR_COUNTRY?" in err
    assert "Next: dmr catalog" in err


def test_TM20_an_unknown_name_is_shown_harmlessly_and_not_at_length(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "explain", "\x1b[31m" + "x" * 500)
    assert "\x1b" not in err
    assert "x" * 100 not in err


@pytest.mark.parametrize("names", [(",",), ("",)])
def test_no_name_at_all_is_a_mistake(capsys: pytest.CaptureFixture[str], names: tuple[str, ...]) -> None:
    code, out, err = run(capsys, "explain", *names)
    assert (code, out) == (2, "")
    assert "No name was given." in err


def test_the_json_of_an_unknown_name_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", "veiws", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"]["code"] == "usage.invalid_query"


def test_the_matrix_has_every_pair_and_fits_80_columns(capsys: pytest.CaptureFixture[str], width: int | None) -> None:
    code, out, err = run(capsys, "matrix")
    assert (code, err) == (0, "")
    assert out.isascii()
    assert widest(out) <= (100 if width == 140 else 80)
    rows = {
        line.split()[0]: line.split()[1:] for line in out.splitlines() if line and line.split()[0] in CATALOG.dimensions
    }
    assert set(rows) == set(CATALOG.dimensions)
    assert rows["HOUR"] == ["yes", "no", "yes", "no", "?", "?", "?"]
    assert rows["VISITOR_COUNTRY"] == ["yes", "no", "yes", "(yes)", "?", "?", "?"]
    assert "documented as impossible" in out


def test_the_matrix_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("matrix", "--group", "ads-quality,revenue", "--dimension", "hour", "--dimension", "media-type")
    assert as_json(capsys, *asked) == {
        "ok": True,
        "groups": ["ads_quality", "revenue"],
        "dimensions": {
            "HOUR": {"ads_quality": "unknown", "revenue": "denied"},
            "MEDIA_TYPE": {"ads_quality": "unknown", "revenue": "unknown"},
        },
    }
    assert run(capsys, *asked)[1].splitlines()[0].split() == ["ads", "revenue"]


def test_the_matrix_marks_what_only_user_code_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("matrix", "--group", "audience,revenue", "--dimension", "visitor-device-type")
    out = run(capsys, *asked)[1]
    assert out.splitlines()[1].split() == ["VISITOR_DEVICE_TYPE", "yes", "seen"]
    assert "seen: only in user code." in out
    fits = as_json(capsys, *asked)["dimensions"]["VISITOR_DEVICE_TYPE"]
    assert fits == {"audience": "allowed", "revenue": "seen"}


def test_a_narrow_matrix_stands_in_panels(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = run(capsys, "matrix")[1]
    assert widest(out) <= 40
    marks = [line.split()[1:] for line in out.splitlines() if line.startswith("HOUR ")]
    assert [mark for some in marks for mark in some] == ["yes", "no", "yes", "no", "?", "?", "?"]


def test_all_that_the_matrix_does_not_know_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "matrix", "--dimension", "bogus", "--group", "foo", "--group", "revenues")
    assert (code, out) == (2, "")
    for told in ("no dimension 'bogus'", "no group 'foo'", "no group 'revenues'. Did you mean revenue?"):
        assert told in err


def test_a_group_is_explained_by_its_metrics_and_its_row(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [" ".join(line.split()) for line in run(capsys, "explain", "Revenue")[1].splitlines()]
    assert lines[:2] == ["revenue group", "Revenue data."]
    assert "seen with VISITOR_DEVICE_TYPE (seen in user code)" in lines
    assert "not with HOUR" in lines
    assert as_json(capsys, "explain", "ads-quality")["facts"][0]["name"] == "ads_quality"


def test_what_is_perhaps_is_not_repeated_among_what_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "explain", "revenue")[1].split()
    assert "BUYERTYPE" in " ".join(out)
    assert len([word for word in out if word.strip(",") == "BUYERTYPE"]) == 1


def test_a_group_of_which_nothing_is_known_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--group", "usage", "--dimensions")
    assert (code, out, err) == (0, "", "No public document says which dimensions go with usage.\n")


@pytest.mark.parametrize("kind", ["--products", "--filters"])
def test_a_group_narrows_no_kind_that_has_none(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    code, out, err = run(capsys, "--group", "revenue", kind)
    assert (code, out) == (2, "")
    assert "have no group" in err


def test_what_metrics_mean_is_told_below_metrics_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert "recompute" not in run(capsys, "--products")[2]
    assert "recompute" in run(capsys, "--metrics")[2]


@pytest.mark.parametrize("asked", [("--group", "x"), ("--dimension", "views"), ("--dimension", "")])
def test_a_matrix_of_what_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], asked: tuple[str, ...]) -> None:
    code, out, _ = run(capsys, "matrix", *asked)
    assert (code, out) == (2, "")


def test_a_search_needs_no_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "search", "earnings", "eur")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("ESTIMATED_EARNINGS_EUR ")
    assert [fact["name"] for fact in as_json(capsys, "search", "device")["facts"]] == ["VISITOR_DEVICE_TYPE"]


def test_a_search_for_nothing_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "search", "", " ")
    assert (code, out) == (2, "")
    assert "Nothing was named" in err


def test_a_search_that_finds_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "search", "xqzw")
    assert (code, out) == (0, "")
    assert "Nothing" in err
    assert as_json(capsys, "search", "xqzw") == {"ok": True, "facts": []}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("views", "explain VIEWS"),
        ("serch", "search"),
        ("fill-rat", "explain FILL_RATE"),
        ("explian", "explain"),
        ("revenue", "explain revenue"),
    ],
)
def test_a_name_in_place_of_a_command_is_answered_with_what_to_type(
    capsys: pytest.CaptureFixture[str], word: str, meant: str
) -> None:
    code, _, err = run(capsys, word)
    assert code == 2
    assert f"Did you mean: dmr catalog {meant}\n" in err


@pytest.mark.parametrize("word", ["list", "ls", "all", "show"])
def test_a_word_for_the_list_is_answered_with_the_list(capsys: pytest.CaptureFixture[str], word: str) -> None:
    code, _, err = run(capsys, word)
    assert code == 2
    assert "Did you mean: dmr catalog\n" in err


def test_options_of_the_list_before_a_command_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--metrics", "explain", "views")
    assert code == 2
    assert "Options go after explain" in err


class Told:
    """A workspace whose service has drifted like this, or refuses to tell."""

    def __init__(self, drift: Drift | NotAllowed) -> None:
        self._drift = drift

    def __enter__(self) -> "Told":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def drift(self) -> Drift:
        if isinstance(self._drift, NotAllowed):
            raise self._drift
        return self._drift


DRIFTED = Drift(
    (
        Difference("new", "metric", "NEW_METRIC\x1b[31m"),
        Difference("gone", "dimension", "PLAYLIST_TITLE"),
        Difference("required", "input field", "currency", "String!"),
        Difference("absent", "metric", "AVERAGE_WATCH_TIME_SEC", "documented, 2026-10-12"),
    ),
    134,
)
QUIET = Drift(DRIFTED.differences[3:], 61)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say what the service answers."""
    for name, value in (("API_KEY", "sandbox-key"), ("API_SECRET", "sandbox-secret"), ("URL", "http://127.0.0.1:1")):
        monkeypatch.setenv(f"DMR_{name}", value)

    def answers(drift: Drift | NotAllowed) -> None:
        monkeypatch.setattr(Workspace, "open", lambda profile=None, **_: Told(drift))

    return answers


REFRESH = ("refresh", "--profile", "sandbox")


def test_C12_drift_is_told_the_gravest_first(capsys: pytest.CaptureFixture[str], service: Any) -> None:
    service(DRIFTED)
    code, out, err = run(capsys, *REFRESH)
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    assert "NEW_METRIC\\x1b[31m" in out
    places = [out.index(word) for word in ("The API changed", "currency", "PLAYLIST_TITLE", "NEW_METRIC", "AVERAGE")]
    assert places == sorted(places)
    assert "The catalogue differs" in out


def test_C12_with_check_drift_exits_with_7(capsys: pytest.CaptureFixture[str], service: Any) -> None:
    service(DRIFTED)
    code, out, err = run(capsys, *REFRESH, "--check")
    assert code == 7
    assert "NEW_METRIC" in out
    assert "differ in 3 things. The service will refuse reports." in err
    code, out, err = run(capsys, *REFRESH, "--check", "--json")
    assert (code, err, out.count("\n")) == (7, "", 1)
    told = json.loads(out)
    assert (told["ok"], told["error"]["code"], told["drift"]["breaking"]) == (False, "data.catalog_drift", True)


def test_what_never_was_in_the_schema_is_said_and_is_no_drift(capsys: pytest.CaptureFixture[str], service: Any) -> None:
    service(QUIET)
    code, out, err = run(capsys, *REFRESH, "--check")
    assert (code, err) == (0, "")
    assert "AVERAGE_WATCH_TIME_SEC" in out
    assert "No drift. 61 names" in out


def test_the_json_of_a_refresh_is_what_is_promised(capsys: pytest.CaptureFixture[str], service: Any) -> None:
    service(QUIET)
    assert as_json(capsys, *REFRESH) == {"ok": True, "profile": "sandbox", "drift": QUIET.as_dict()}


def test_a_service_that_hides_its_schema_exits_with_4(capsys: pytest.CaptureFixture[str], service: Any) -> None:
    service(NotAllowed("The service does not show its schema: no.", hint="Go on."))
    code, out, err = run(capsys, *REFRESH)
    assert (code, out) == (4, "")
    assert "does not show its schema" in err


def test_a_refresh_without_credentials_exits_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "refresh", "--profile", "private")[0] == 3

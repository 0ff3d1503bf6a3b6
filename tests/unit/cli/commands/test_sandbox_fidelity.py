"""``dmr sandbox fidelity``: every fact, its proof and the score, for people and for programs."""

import json
import signal
from typing import Any

import pytest

from dailymotion_reports.cli.main import main
from dailymotion_reports.sandbox.fidelity import EVIDENCE, load_facts, score

FACTS = load_facts()


@pytest.fixture(autouse=True)
def no_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["sandbox", "fidelity", *arguments])
    out, err = capsys.readouterr()
    return stopped.value.code, out, err


@pytest.mark.parametrize("width", [80, 140])
def test_the_table_has_every_fact_and_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert set(FACTS) <= {line.split(" ")[0] for line in out.splitlines()}
    assert "\x1b" not in out
    long = [line for line in out.splitlines() if len(line) > width]
    assert all("https://" in line for line in long), "only an address may be wider, since a break would spoil it"
    together = "".join(out.split())
    assert all("".join(fact.fact.split()) in together for fact in FACTS.values())
    assert all(fact.test.removeprefix("tests/contract/") in together for fact in FACTS.values())


def test_elsewhere_a_fact_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    _, out, _ = run(capsys)
    lines = {line.split()[0]: line for line in out.splitlines()}
    for name, fact in FACTS.items():
        assert lines[name].endswith(fact.fact)
        assert lines[name].split()[1:3] == [fact.state, fact.evidence]


def test_the_score_counts_what_is_documented_or_in_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    total = score(FACTS.values())
    _, out, _ = run(capsys)
    last = out.splitlines()[-1]
    assert last == f"Score: {total.proved} of {total.facts} documented and schema facts are proved, {total.percent} %."
    assert 0 < total.proved < total.facts


def test_json_has_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json")
    told = json.loads(out)
    assert (code, told["ok"], out.count("\n")) == (0, True, 1)
    assert [fact["id"] for fact in told["facts"]] == list(FACTS)
    assert set(told["facts"][0]) >= {"id", "fact", "evidence", "source", "test", "lacking", "switch", "proved", "state"}
    lacking = [fact for fact in told["facts"] if fact["state"] == "lacking"]
    assert all(fact["lacking"] for fact in lacking)
    counted = sum(fact["proved"] for fact in told["facts"] if fact["evidence"] in ("documented", "schema"))
    assert told["score"]["proved"] == counted


@pytest.mark.parametrize("kind", EVIDENCE)
def test_one_kind_of_evidence_can_be_asked_for(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    told = json.loads(run(capsys, "--json", "--evidence", kind)[1])
    assert {fact["evidence"] for fact in told["facts"]} == {kind}
    assert told["score"]["facts"] == score(FACTS.values()).facts

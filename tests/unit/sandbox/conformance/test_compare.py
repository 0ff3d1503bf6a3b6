"""Two recordings side by side, and copies of the sandbox that differ from it on purpose."""

from typing import Any

import pytest
from tests.unit.sandbox.conformance.copies import OtherFiles, OtherRefusals, OtherTokens, recorded

from dailymotion_reports.sandbox.conformance.compare import Comparison, Difference, compare
from dailymotion_reports.sandbox.conformance.pack import Heard, Held, Pack
from dailymotion_reports.sandbox.conformance.probes import PROBES
from dailymotion_reports.sandbox.conformance.talk import KINDS, Kind
from dailymotion_reports.sandbox.instance import Sandbox


@pytest.fixture(scope="module")
def good() -> Pack:
    return recorded()


def against(good: Pack, copy: type[Sandbox]) -> Comparison:
    return compare(Pack.read(good.text().encode()), recorded(make=copy))


def places(compared: Comparison) -> set[tuple[str, str, str]]:
    return {(one.probe, one.step, one.place) for one in compared.differences}


@pytest.mark.parametrize("kind", KINDS)
def test_the_sandbox_conforms_to_itself_with_every_kind_of_key(kind: Kind) -> None:
    pack = recorded(kind)
    compared = compare(Pack.read(pack.text().encode()), recorded(kind))
    assert compared.differences == ()
    assert set(compared.agreed) == {probe.id for probe in PROBES.values() if kind in probe.kinds}


@pytest.mark.parametrize("seed", [8, 9])
def test_another_world_conforms_as_well(good: Pack, seed: int) -> None:
    assert compare(good, recorded(seed=seed)).differences == ()


@pytest.mark.row("PF30")
def test_a_copy_with_other_tokens_is_caught_by_name(good: Pack) -> None:
    compared = against(good, OtherTokens)
    found = places(compared)
    assert ("refresh", "rotation", "a refresh brings another refresh token") in found
    assert ("refresh", "refresh with the token of before", "status") in found
    assert ("wrong-secret", "sign in with a wrong secret", "body.error_uri") in found
    assert all(one.recorded == "nothing" for one in compared.differences if one.place == "body.error_uri")
    assert {"rotate_refresh_tokens"} <= concerned(compared, "refresh")
    assert "A16" in concerned(compared, "wrong-secret")
    assert {"ping", "bad-values", "report"} <= set(compared.agreed)


@pytest.mark.row("PF30")
def test_a_copy_with_other_refusals_is_caught_by_name(good: Pack) -> None:
    compared = against(good, OtherRefusals)
    told = {one.step: (one.recorded, one.found) for one in compared.differences if one.probe == "bad-values"}
    assert told["a metric that there is not"] == ("200", "400")
    assert "G16" in concerned(compared, "bad-values")
    assert {one.probe for one in compared.differences} == {"documents", "bad-values", "case"}


@pytest.mark.row("PF30")
def test_a_copy_with_other_files_is_caught_by_name(good: Pack) -> None:
    compared = against(good, OtherFiles)
    told = {(one.probe, one.step, one.place): (one.recorded, one.found) for one in compared.differences}
    assert told["report", "the file", "body.line ends"] == ("LF", "CRLF")
    assert told["report", "second file", "the header is repeated"] == ("true", "false")
    assert {"C1", "X25"} <= concerned(compared, "report")
    assert {one.probe for one in compared.differences} == {"report", "times", "money"}


@pytest.mark.parametrize(
    ("switches", "probe", "switch"),
    [
        ({"rotate_refresh_tokens": False}, "refresh", "rotate_refresh_tokens"),
        ({"reuse_revokes": True}, "refresh", "reuse_revokes"),
        ({"introspection": False}, "introspection", "introspection"),
        ({"empty": "header-only"}, "no-rows", "empty"),
        ({"access_seconds": 3000.0}, "sign-in", "access_seconds"),
    ],
)
def test_a_switch_that_stands_otherwise_is_named(good: Pack, switches: Any, probe: str, switch: str) -> None:
    compared = compare(good, recorded(**switches))
    assert {one.probe for one in compared.differences} == {probe}
    assert switch in concerned(compared, probe)


def test_what_one_side_could_not_see_is_no_difference(good: Pack) -> None:
    assert compare(good, recorded(rows_per_file=100_000)).differences == ()


def concerned(compared: Comparison, probe: str) -> set[str]:
    return {name for one in compared.differences if one.probe == probe for name in one.concerns}


def of(*held: Held) -> Pack:
    return Pack("public", True, "1", held)


def step(shape: Any) -> tuple[Heard, ...]:
    return (Heard("step", shape, (), ("K8",)),)


@pytest.mark.parametrize(
    ("before", "after", "place", "recorded", "found"),
    [
        ({"status": 200, "body": {"a": None}}, {"status": 200, "body": {"a": "text"}}, "body.a", "null", "text"),
        ({"status": 200, "body": [{"a": 1}]}, {"status": 200, "body": [{"a": 2}]}, "body[].a", "1", "2"),
        ({"status": 200, "body": []}, {"status": 200, "body": ["x"]}, "body", "[]", '["x"]'),
        ({"status": 200, "body": "a"}, {"status": 500, "body": "b"}, "status", "200", "500"),
        ({"x": True}, {"x": False}, "x", "true", "false"),
    ],
)
def test_the_place_of_a_difference_is_named(before: Any, after: Any, place: str, recorded: str, found: str) -> None:
    compared = compare(of(Held("p", "recorded", "", step(before))), of(Held("p", "recorded", "", step(after))))
    assert compared.differences == (Difference("p", "step", place, recorded, found, ("K8",)),)
    assert compared.compared == 1


def test_probes_that_were_not_held_again_are_named_with_the_reason() -> None:
    pack = of(Held("p", "recorded", "", step(1)), Held("q", "recorded"), Held("r", "broken off", "api"))
    compared = compare(pack, of(Held("q", "left out", "why")))
    assert compared.left_out == {"r": "api", "p": "this version has no such probe", "q": "why"}
    assert compared.compared == 0


def test_a_probe_that_breaks_off_differs_and_its_steps_until_then_are_compared() -> None:
    before = Held("p", "recorded", "", (*step(1), Heard("later", 2)))
    compared = compare(of(before), of(Held("p", "broken off", "transport", step(3))))
    assert [(one.step, one.recorded, one.found, one.concerns) for one in compared.differences] == [
        ("to its end", "recorded", "broken off: transport", ("K8",)),
        ("step", "1", "3", ("K8",)),
    ]


def test_a_step_that_only_one_side_has_is_a_difference() -> None:
    one, other = of(Held("p", "recorded", "", step(1))), of(Held("p", "recorded"))
    assert [(found.recorded, found.found) for found in compare(one, other).differences] == [("an answer", "nothing")]
    assert [(found.recorded, found.found) for found in compare(other, one).differences] == [("nothing", "an answer")]

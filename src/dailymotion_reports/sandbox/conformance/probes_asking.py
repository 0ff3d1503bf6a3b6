"""Probes about documents and values.  None of them makes a report.

Where a value is tried, the mutation is told to skip itself (``@skip(if: true)``): GraphQL reads the variables of such
a document, and refuses what it cannot read, but nothing is carried out.
"""

from dataclasses import replace
from typing import Any, Final

from dailymotion_reports.sandbox.conformance.probes_signing import PING
from dailymotion_reports.sandbox.conformance.talk import Account, Probe, Say, Talk

NOBODYS: Final = "dmr-conformance-nobody"
"""A report token that nobody has."""

TRY: Final = """mutation ($input: AskPartnerReportFileInput!) {
  askPartnerReportFile(input: $input) @skip(if: true) { status } }"""

READ: Final = """query PartnerGetReportFile($reportToken: String!) { partner { reportFile(reportToken: $reportToken) {
  status downloadLinks { edges { node { link } } } } } }"""

_TWO: Final = """query ($a: String!, $b: String!) { partner {
  a: reportFile(reportToken: $a) { status } b: reportFile(reportToken: $b) { status } } }"""

_LOOK: Final = """{ __schema { queryType { name } } __type(name: "PartnerReportStatus") { enumValues { name } } }"""


def _ping(account: Account) -> Talk:
    yield Say(account.graphql(PING), "ask for the partner", "K8 S5 S25")


def _bodies(account: Account) -> Talk:
    yield Say(account.body(b'{"query": '), "a body that is no JSON", "X17")
    yield Say(account.body(b"[]"), "a body that is a list", "X17")
    yield Say(account.body(b"{}"), "a body without a query", "X17")


def _get(account: Account) -> Talk:
    request = replace(account.graphql(PING), method="GET", body=b"", headers={"accept": "application/json"})
    yield Say(request, "a GET of the GraphQL address", "K8 X17")


def _documents(account: Account) -> Talk:
    for name, text in (
        ("a syntax error", "{ partner {"),
        ("a field that there is not", "{ partner { nobodyKnows } }"),
        ("an argument that is missing", "{ partner { reportFile { status } } }"),
        ("a variable that is missing", READ),
    ):
        yield Say(account.graphql(text), name, "G16 G18 X27")
    yield Say(account.graphql(PING, operationName="Nobody"), "an operation that there is not", "K9 X27")


def _unknown_report(account: Account) -> Talk:
    yield Say(account.graphql(READ, {"reportToken": NOBODYS}), "read a report that nobody has", "G3 R5 unknown_report")


def _aliases(account: Account) -> Talk:
    yield Say(account.graphql(_TWO, {"a": NOBODYS, "b": NOBODYS}), "read two under aliases", "G6 unknown_report")


def _introspection(account: Account) -> Talk:
    yield Say(account.graphql(_LOOK), "look at the schema", "introspection")


def _values(account: Account, *tries: tuple[str, str, dict[str, Any]]) -> Talk:
    first, last = account.days
    good = {"metrics": ["VIEWS"], "dimensions": ["DAY"], "startDate": first, "endDate": last}
    for name, concerns, changes in tries:
        asked = {key: value for key, value in (good | changes).items() if value is not ...}
        yield Say(account.graphql(TRY, {"input": asked}), name, concerns)


def _good_values(account: Account) -> Talk:
    yield from _values(
        account,
        ("what the guide asks", "G1 S2", {"product": "CONTENT", "filters": {"videoOwnerChannelSlug": NOBODYS}}),
        ("a lone text where a list is meant", "G11", {"metrics": "VIEWS", "dimensions": "DAY"}),
        ("filters: null", "G12", {"filters": None}),
        ("filters: []", "G13", {"filters": []}),
        ("filters: {}", "G14", {"filters": {}}),
        ("no dimension at all", "S32", {"dimensions": []}),
        ("a moment where a day is meant", "G15", {"startDate": f"{account.days[0]}T00:00:00Z"}),
    )


def _bad_values(account: Account) -> Talk:
    yield from _values(
        account,
        ("a metric that there is not", "G16 X27", {"metrics": ["NOBODY_KNOWS"]}),
        ("a filter that there is not", "G16 S19", {"filters": {"nobodyKnows": "x"}}),
        ("a field of the input that there is not", "G16 S2", {"nobodyKnows": 1}),
        ("a day in other words", "G15", {"startDate": "01/07/2023"}),
        ("no last day", "S33", {"endDate": ...}),
        ("no list of metrics", "S32", {"metrics": ...}),
    )


def _cases(account: Account) -> Talk:
    yield from _values(
        account,
        ("a metric in lower case", "G7", {"metrics": ["views"]}),
        ("a dimension in lower case", "G8", {"dimensions": ["day"]}),
        ("a filter in lower case", "G9", {"filters": {"videoownerchannelslug": "x"}}),
        ("a product in lower case", "G10", {"product": "content"}),
    )


PROBES: Final = (
    Probe("ping", "a question that costs nothing", _ping),
    Probe("bodies", "bodies that are no question", _bodies),
    Probe("get", "a GET where POST belongs", _get),
    Probe("documents", "documents with mistakes", _documents),
    Probe("unknown-report", "a report token that nobody has", _unknown_report),
    Probe("aliases", "two reads in one query", _aliases),
    Probe("introspection", "a look at the schema", _introspection),
    Probe("good-values", "values of all the ways in which clients send them", _good_values),
    Probe("bad-values", "values that cannot be read", _bad_values),
    Probe("case", "names in lower case", _cases),
)

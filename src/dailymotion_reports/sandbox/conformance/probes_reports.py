"""Probes that make reports, or might: what one service refuses another may take.

Each waits until whatever it has asked for is no longer being made, so that never more than two are at a time.
"""

from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from dailymotion_reports.errors import ReportOverdue
from dailymotion_reports.sandbox.conformance.dialect import has_header
from dailymotion_reports.sandbox.conformance.probes_asking import READ
from dailymotion_reports.sandbox.conformance.talk import Account, Notice, Pause, Probe, Say, Step, Talk
from dailymotion_reports.wire.http import Request, Response

T = TypeVar("T")
Part = Generator[Step, Response | None, T]
"""A part of a conversation, which ends in a T."""

ASK: Final = """mutation ($input: AskPartnerReportFileInput!) { askPartnerReportFile(input: $input) {
  status reportFile { id reportToken status createDate } } }"""

PAGE: Final = """query ($reportToken: String!) { partner { reportFile(reportToken: $reportToken) { id status createDate
  downloadLinks(first: 1, page: 1) { edges { node { id link } } totalCount metadata { __typename }
    pageInfo { hasNextPage hasPreviousPage nextPage } } } } }"""

LONGEST: Final = 2.5 * 3600
"""Seconds that a report is waited for; the documents say up to two hours."""

FIRST_GAP: Final = 0.5
LONGEST_GAP: Final = 60.0

NINE: Final = (
    "MONTH",
    "DAY",
    "VIDEO_ID",
    "VIDEO_TITLE",
    "MEDIA_TYPE",
    "PLAYER_ID",
    "PLAYER_TITLE",
    "VISITOR_COUNTRY",
    "VISITOR_DEVICE_TYPE",
)
"""One dimension more than a report may have, all of which go with VIEWS."""


def _report(account: Account) -> Talk:
    columns = ("DAY", "VIDEO_TITLE", "VIEWS")
    token = yield from _asked(account, ["VIEWS"], columns[:2], "ask for a report", "G1 K11 S35 S36")
    if not token:
        return
    yield Say(_read(account, token), "read it at once", "R1 L7")
    yield from _settled(account, token)
    page = yield Say(account.graphql(PAGE, {"reportToken": token}), "read it when it is done", "R2 S4 S7 S10 R6 R7")
    yield _paging(page)
    yield from _storage((yield from _links(account, token)), columns)


def _storage(links: Sequence[str], columns: Sequence[str]) -> Part[None]:
    """The files behind the links: the first one whole, in part and by a spoilt link, and the header of the second."""
    if not links:
        return
    get = Request("GET", links[0], {"accept-encoding": "identity"})
    yield Say(get, "the file", "C1 C2 C3 C4 C5 C6 C8 C10 D1 D3 X23 X25 X24", tuple(columns))
    part = Request("GET", links[0], {"accept-encoding": "identity", "range": "bytes=0-2"})
    yield Say(part, "its first three bytes", "X23 storage_headers")
    yield Say(Request("GET", links[0] + "x"), "a link that was tampered with", "X23 storage_headers")
    second = (yield Say(Request("GET", links[1], {"accept-encoding": "identity"}))) if len(links) > 1 else None
    repeated = has_header(second.body, columns) if second else None
    yield Notice("second file", {"the header is repeated": repeated}, "C1 D5 file_headers rows_per_file")


def _times(account: Account) -> Talk:
    metrics, dimensions = ["VIEWS", "AVERAGE_WATCH_TIME_SEC"], ["MONTH", "DAY", "HOUR"]
    yield from _one_file(
        account, metrics, dimensions, "months, days, hours and a ratio", "C6 C7 hour_text ratio_scale X24"
    )


def _money(account: Account) -> Talk:
    yield from _one_file(account, ["ESTIMATED_EARNINGS_EUR"], ["DAY"], "earnings", "A21 C11 X24")


def _one_file(
    account: Account, metrics: Sequence[str], dimensions: Sequence[str], name: str, concerns: str
) -> Part[None]:
    token = yield from _asked(account, metrics, dimensions, f"ask for {name}", concerns)
    if not token:
        return
    yield from _settled(account, token)
    for link in (yield from _links(account, token))[:1]:
        get = Request("GET", link, {"accept-encoding": "identity"})
        yield Say(get, f"the file of {name}", concerns, (*dimensions, *metrics))


def _no_rows(account: Account) -> Talk:
    long_ago = {"startDate": "2000-01-01", "endDate": "2000-01-01"}
    token = yield from _asked(account, ["VIEWS"], ["DAY"], "ask for a day without rows", "X20", **long_ago)
    if not token:
        return
    yield from _settled(account, token)
    yield Say(_read(account, token), "read a report without rows", "X20 empty")
    for link in (yield from _links(account, token))[:1]:
        yield Say(Request("GET", link), "the file without rows", "empty", ("DAY", "VIEWS"))


def _nine(account: Account) -> Talk:
    yield from _refused(account, ["VIEWS"], NINE, "ask for nine dimensions", "L2 refusal_status refusal_words")


def _too_long(account: Account) -> Talk:
    first = account.today - timedelta(days=190)
    days = {"startDate": str(first), "endDate": str(first + timedelta(days=180))}
    yield from _refused(account, ["VIEWS"], ["DAY"], "ask for 181 days", "L4 refusal_status refusal_words", **days)


def _backwards(account: Account) -> Talk:
    last, first = account.days
    yield from _refused(
        account,
        ["VIEWS"],
        ["DAY"],
        "ask for less than a day",
        "L3 refusal_status refusal_words",
        startDate=first,
        endDate=last,
    )


def _pair(account: Account) -> Talk:
    asked = ["ESTIMATED_EARNINGS_EUR"], ["HOUR"]
    yield from _refused(account, *asked, "ask for earnings by hour", "M9 A21 refusal_status refusal_words")


def _no_metric(account: Account) -> Talk:
    yield from _refused(account, [], ["DAY"], "ask for no metric", "S32 refusal_status refusal_words")


def _third(account: Account) -> Talk:
    tokens = []
    for _ in range(2):
        tokens.append((yield from _asked(account, ["VIEWS"], ["DAY"], "", "")))
    tokens.append(
        (
            yield from _asked(
                account, ["VIEWS"], ["DAY"], "ask for a third report", "L1 refusal_status refusal_words X22 places_per"
            )
        )
    )
    for token in filter(None, tokens):
        yield from _settled(account, token)


def _refused(
    account: Account, metrics: Sequence[str], dimensions: Sequence[str], name: str, concerns: str, **days: str
) -> Part[None]:
    token = yield from _asked(account, metrics, dimensions, name, concerns, **days)
    if token:
        yield from _settled(account, token)


def _asked(
    account: Account, metrics: Sequence[str], dimensions: Sequence[str], name: str, concerns: str, **days: str
) -> Part[str]:
    """The token of a new report; empty where none was made."""
    first, last = account.days
    asked = {"metrics": list(metrics), "dimensions": list(dimensions), "startDate": first, "endDate": last, **days}
    answer = yield Say(account.graphql(ASK, {"input": asked}), name, concerns)
    return report_token(answer)


def _settled(account: Account, token: str) -> Part[None]:
    """Wait until a report is no longer being made.  Raises ReportOverdue after `LONGEST`."""
    waited, gap = 0.0, FIRST_GAP
    while waited < LONGEST:
        if _state(_report_in((yield Say(_read(account, token))))) != "IN_PROGRESS":
            return
        yield Pause(gap)
        waited, gap = waited + gap, min(gap * 2, LONGEST_GAP)
    raise ReportOverdue


def _links(account: Account, token: str) -> Part[list[str]]:
    connection = _report_in((yield Say(_read(account, token)))).get("downloadLinks")
    edges = connection.get("edges") if isinstance(connection, dict) else None
    nodes = [edge.get("node") for edge in edges or () if isinstance(edge, dict)]
    links = [node.get("link") for node in nodes if isinstance(node, dict)]
    return [link for link in links if isinstance(link, str) and link]


def _paging(page: Response | None) -> Notice:
    """Whether what the page says of itself is so."""
    connection = _report_in(page).get("downloadLinks")
    found: dict[str, Any] = connection if isinstance(connection, dict) else {}
    told, edges = found.get("pageInfo"), found.get("edges")
    seen: dict[str, bool | None] = {"no more links come than were asked for": None, "a next page has a number": None}
    if isinstance(told, dict) and isinstance(edges, list):
        seen["no more links come than were asked for"] = len(edges) <= 1
        seen["a next page has a number"] = bool(told.get("hasNextPage")) == isinstance(told.get("nextPage"), int)
    return Notice("paging", seen, "R6 S10 links_per_page")


def _read(account: Account, token: str) -> Request:
    return account.graphql(READ, {"reportToken": token})


def _state(report: dict[str, Any]) -> object:
    return report.get("status")


def _report_in(answer: Response | None) -> dict[str, Any]:
    """The report in an answer; empty where there is none."""
    return _within(answer, "data", "partner", "reportFile")


def report_token(answer: Response | None) -> str:
    """The token of the report that an answer says was made; empty where it says so of none."""
    token = _within(answer, "data", "askPartnerReportFile", "reportFile").get("reportToken")
    return token if isinstance(token, str) else ""


def _within(answer: Response | None, *steps: str) -> dict[str, Any]:
    try:
        place = answer.json() if answer and answer.status == 200 else None
    except ValueError:
        return {}
    for step in steps:
        place = place.get(step) if isinstance(place, dict) else None
    return place if isinstance(place, dict) else {}


PROBES: Final = (
    Probe("report", "a report from asking to its file", _report, 1),
    Probe("no-rows", "a report without rows", _no_rows, 1),
    Probe("times", "how months, days, hours and ratios are written", _times, 1),
    Probe("nine-dimensions", "one dimension too many", _nine, 1),
    Probe("too-long", "one day too many", _too_long, 1),
    Probe("backwards", "a period that ends before it begins", _backwards, 1),
    Probe("forbidden-pair", "a metric with a dimension that it does not go with", _pair, 1),
    Probe("no-metric", "no metric at all", _no_metric, 1),
    Probe("money", "how money is written", _money, 1),
    Probe("third-report", "a third report while two are being made", _third, 3),
)

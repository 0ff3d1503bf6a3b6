"""What the fields of the schema say: the join between GraphQL's executor and the reports.

One `Call` is one GraphQL request.  Everything that a field needs is in it; the functions below keep nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.report_faults import Asking, Made, Shown
from dailymotion_reports.sandbox.reports import Counts, Report, Reports
from dailymotion_reports.sandbox.rules import Refusal, Rules
from dailymotion_reports.sandbox.schema import Edition, load_schema
from dailymotion_reports.sandbox.tokens import Access
from dailymotion_reports.wire.reporting import AskReport

_KNOWN_STATES: Final = ("IN_PROGRESS", "FINISHED", "FAILED", "EXPIRED")


@dataclass(slots=True)
class Call:
    """One request at the moment ``now``, signed with the token that ``access`` stands for.

    ``ways`` are the values of all switches.  ``created`` collects the reports it made, ``patches`` the values that
    the schema has no word for, each with its path in the answer.
    """

    reports: Reports[Any]
    rules: Rules
    faults: Armory
    counts: Counts
    ways: Mapping[str, Any]
    now: float
    access: Access
    created: list[Report[Any]] = field(default_factory=list)
    patches: list[tuple[list[str | int], Any]] = field(default_factory=list)


@cache
def bound_schema(edition: Edition) -> GraphQLSchema:
    """The schema with its resolvers.  The same object each time."""
    schema = load_schema(edition)
    resolvers: Mapping[str, Mapping[str, Callable[..., Any]]] = {
        "Mutation": {"askPartnerReportFile": _ask},
        "Query": {"partner": _partner},
        "PartnerSpace": {"reportFile": _read},
        "PartnerReportFile": {"status": _status, "downloadLinks": _links},
    }
    for name, fields in resolvers.items():
        kind = schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        for field_name, resolve in fields.items():
            kind.fields[field_name].resolve = resolve
    return schema


def _ask(_source: Any, info: GraphQLResolveInfo[Call], input: Mapping[str, Any]) -> Mapping[str, Any] | None:
    call = info.context
    try:
        instead = call.faults.instead("create", Asking(call.now, call.reports.occupy))
        if instead is not None:
            return dict(instead)
        report = _reported(call, input)
    except Refusal:
        call.counts.refusals += 1
        raise
    payload = {"status": "SUCCESS", "clientMutationId": input.get("clientMutationId")}
    made = Made({**payload, "reportFile": _state(call, report)}, call.reports.tokens()[:-1])
    said: Made = call.faults.alter("created", made)
    return said.payload


def _reported(call: Call, input: Mapping[str, Any]) -> Report[Any]:
    """The report that a question gets: a new one, unless the same question has one that it may share."""
    if call.ways["client_mutation_id"] == "refused" and input.get("clientMutationId") is not None:
        raise Refusal("invalid_input", "clientMutationId is no longer supported.")
    ask = call.rules.admit(AskReport.decode(input), call.access.scopes)
    if call.ways["repeated_question"] == "same" and (again := call.reports.again(ask, call.now)):
        return again
    report = call.reports.create(ask, call.now, call.access.key)
    _count_new(call, report)
    return report


def _count_new(call: Call, report: Report[Any]) -> None:
    call.created.append(report)
    call.counts.reports_created += 1
    call.counts.peak_running = max(call.counts.peak_running, call.reports.running(call.now))


def _partner(_source: Any, info: GraphQLResolveInfo[Call]) -> Any:
    call = info.context
    return call.faults.alter("partner", {"id": "UGFydG5lclNwYWNlOnNhbmRib3g="})


def _read(_source: Any, info: GraphQLResolveInfo[Call], reportToken: str) -> Any:  # noqa: N803
    call = info.context
    call.counts.status_reads += 1
    report = call.reports.find(reportToken)
    if report is None:
        return _missing(call.ways["unknown_report"])
    if call.reports.deleted(report, call.now) and call.ways["deleted_report"] != "EXPIRED":
        return _missing(call.ways["deleted_report"])
    state = _state(call, report)
    report.looks += 1
    strike = call.faults.strike("state", state)
    if strike is None:
        return state
    said = strike.fault.act(state, strike.seed)
    if strike.fault.lasting:
        _let_last(call, report, said)
    return said


def _missing(way: str) -> None:
    if way == "error":
        raise Refusal("not_found", "There is no such report.")


def _let_last(call: Call, report: Report[Any], said: Mapping[str, Any] | None) -> None:
    """A report that is not known any more is forgotten; one that is keeps the state it was given."""
    if said is None:
        call.reports.forget(report)
    else:
        report.fate = said["status"]


def _state(call: Call, report: Report[Any]) -> dict[str, Any]:
    status = call.reports.status(report, call.now)
    young = status == "IN_PROGRESS" and not report.looks and call.ways["young_status"] == "null"
    created = _zoned(report.create_date, call.ways["create_date"])
    return {
        "report": report,
        "id": report.id,
        "reportToken": report.token,
        "status": None if young else status,
        "createDate": created,
        "createdAt": created,
    }


def _zoned(moment: str, form: str) -> str:
    """A moment in UTC with its offset, as the switch writes it."""
    plain = moment.removesuffix("+00:00")
    return {"Z": f"{plain}Z", "nothing": plain}.get(form, moment)


def _status(source: Mapping[str, Any], info: GraphQLResolveInfo[Call]) -> str | None:
    """The state; a word that the schema does not have goes past it."""
    word: str | None = source["status"]
    if word is None or word in _KNOWN_STATES:
        return word
    info.context.patches.append((info.path.as_list(), word))
    return None


def _links(
    source: Mapping[str, Any], info: GraphQLResolveInfo[Call], first: int | None = None, page: int | None = None
) -> Any:
    call = info.context
    size, number = _size(call.ways, first), 1 if page is None else page
    if size < 1 or number < 1:
        raise Refusal("invalid_input", "Pages and their sizes begin at 1.")
    if source["status"] != "FINISHED":
        return _page([], size, number)
    source["report"].turns += number == 1
    links = list(call.reports.links(source["report"], call.now))
    beginning = _page(links, size, 1)["edges"]
    shown: Shown = call.faults.alter("links", Shown(_page(links, size, number), beginning))
    return shown.page


def _size(ways: Mapping[str, Any], first: int | None) -> int:
    """Links of a page.  Raises Refusal for more than there may be, where the switch says so."""
    largest = int(ways["largest_page"])
    if first is not None and first > largest and ways["larger_page"] == "refused":
        raise Refusal("invalid_input", f"A page has at most {largest} links.")
    return min(ways["links_per_page"] if first is None else first, largest)


def _page(links: list[tuple[str, str]], size: int, number: int) -> dict[str, Any]:
    """One page of links, in the schema's shape; pages are counted from 1."""
    last = number * size >= len(links)
    shown = links[(number - 1) * size : number * size]
    return {
        "edges": [{"node": {"id": name, "link": link}} for name, link in shown],
        "pageInfo": {
            "thisPage": number,
            "hasNextPage": not last,
            "hasPreviousPage": number > 1,
            "nextPage": None if last else number + 1,
        },
        "metadata": {},
        "totalCount": len(links),
    }

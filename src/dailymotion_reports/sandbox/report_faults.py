"""The troubles of reports: of asking for one, of its state, and of its links."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from dailymotion_reports.sandbox.fault import Fault
from dailymotion_reports.sandbox.rules import Refusal

_STRANGERS_SECONDS: Final = 60
_BOTH: Final = 2


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that nobody has looked at: the moment, and a way to let strangers take places until another."""

    now: float
    occupy: Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What is said of a report that was just made, and the tokens of those before it, the latest last."""

    payload: dict[str, Any]
    earlier: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of links, in the schema's shape, and the entries of the first page."""

    page: dict[str, Any]
    first: Sequence[Any]

    @property
    def number(self) -> int:
        """Which page it is, from 1."""
        return int(self.page["pageInfo"]["thisPage"])

    def but(self, **changes: Any) -> "Shown":
        """The same with other fields."""
        return replace(self, page={**self.page, **changes})

    def info(self, **changes: Any) -> "Shown":
        """The same with other words about the pages."""
        return self.but(pageInfo={**self.page["pageInfo"], **changes})


def _too_many(_asking: Asking, _seed: int) -> NoReturn:
    raise Refusal.of("too_many_reports")


def _strangers(asking: Asking, seed: int) -> None:
    """Somebody else takes both places, for a minute or as many seconds as the seed says."""
    asking.occupy(_BOTH, asking.now + (seed or _STRANGERS_SECONDS))


def _no_file_but_error(_asking: Asking, _seed: int) -> dict[str, Any]:
    """A payload whose one field fails beside another that does not."""
    return {"status": "SUCCESS", "reportFile": Refusal("internal_error", "The report could not be created.")}


def _file_says(**changes: Any) -> Callable[[Made, int], Made]:
    def act(made: Made, _seed: int) -> Made:
        return replace(made, payload={**made.payload, "reportFile": {**made.payload["reportFile"], **changes}})

    return act


def _no_file(made: Made, _seed: int) -> Made:
    return replace(made, payload={**made.payload, "reportFile": None})


def _earlier_token(made: Made, seed: int) -> Made:
    return _file_says(reportToken=made.earlier[-1])(made, seed)


def _not_the_first(made: Made) -> bool:
    return bool(made.earlier)


def _says(**changes: Any) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    return lambda state, _seed: {**state, **changes}


def _null(_thing: Any, _seed: int) -> None:
    return None


def _unknown(_state: dict[str, Any], _seed: int) -> NoReturn:
    raise Refusal("not_found", "There is no such report.")


def _finished(state: dict[str, Any]) -> bool:
    return bool(state["status"] == "FINISHED")


def _no_links(shown: Shown, _seed: int) -> Shown:
    return shown.but(edges=[], totalCount=0).info(hasNextPage=False, hasPreviousPage=False, nextPage=None)


def _page_fails(_shown: Shown, _seed: int) -> NoReturn:
    raise Refusal("internal_error", "This page of links cannot be shown.")


def _page_repeats(shown: Shown, _seed: int) -> Shown:
    return shown.but(edges=list(shown.first))


def _looping(shown: Shown, _seed: int) -> Shown:
    return shown.info(hasNextPage=True, hasPreviousPage=True, nextPage=shown.number)


def _wrong_total(shown: Shown, _seed: int) -> Shown:
    return shown.but(totalCount=shown.page["totalCount"] + 1)


def _null_link(shown: Shown, seed: int) -> Shown:
    """The first link is missing: its edge, its node or the link itself, as the seed will have it."""
    holes = (None, {"node": None}, {"node": {"id": "hole", "link": None}})
    return shown.but(edges=[holes[seed % len(holes)], *shown.page["edges"][1:]])


def _same_link_twice(shown: Shown, seed: int) -> Shown:
    edges = shown.page["edges"]
    return _wrong_total(shown.but(edges=[*edges[:1], *edges]), seed)


def _reordered(shown: Shown, _seed: int) -> Shown:
    return shown.but(edges=shown.page["edges"][::-1])


def _leads_to(place: Callable[[str], str]) -> Callable[[Shown, int], Shown]:
    """The first link leads elsewhere."""

    def act(shown: Shown, _seed: int) -> Shown:
        first, *others = shown.page["edges"]
        node = {**first["node"], "link": place(first["node"]["link"])}
        return shown.but(edges=[{"node": node}, *others])

    return act


def _same_machine(link: str) -> str:
    """The same file under the machine's other name."""
    return link.replace("//127.0.0.1:", "//localhost:", 1)


def _on_this_machine(shown: Shown) -> bool:
    return any("//127.0.0.1:" in edge["node"]["link"] for edge in shown.page["edges"][:1])


def _some(shown: Shown) -> bool:
    return bool(shown.page["edges"])


def _later_page(shown: Shown) -> bool:
    return shown.number > 1


def _several(shown: Shown) -> bool:
    return len(shown.page["edges"]) > 1


REPORT_FAULTS: Final = (
    Fault("C3-too-many-reports", "create", _too_many),
    Fault("C4-strangers", "create", _strangers),
    Fault("C5-errors-partial", "create", _no_file_but_error),
    Fault("C7-null-report-file", "created", _no_file),
    Fault("C7-null-report-token", "created", _file_says(reportToken=None)),
    Fault("C9-same-token", "created", _earlier_token, suits=_not_the_first),
    Fault("P1-failed", "state", _says(status="FAILED"), lasting=True),
    Fault("P2-expired", "state", _says(status="EXPIRED"), lasting=True),
    Fault("P3-unknown-status", "state", _says(status="ARCHIVING")),
    Fault("P4-stuck", "state", _says(status="IN_PROGRESS"), lasting=True),
    Fault("P6-back-in-progress", "state", _says(status="IN_PROGRESS"), suits=_finished),
    Fault("P7-null-partner", "partner", _null),
    Fault("P7-null-report", "state", _null),
    Fault("P7-null-status", "state", _says(status=None)),
    Fault("P8-unknown-report", "state", _null, lasting=True),
    Fault("P8-unknown-report-error", "state", _unknown),
    Fault("L1-no-links", "links", _no_links),
    Fault("L3-page-fails", "links", _page_fails, suits=_later_page),
    Fault("L3-page-repeats", "links", _page_repeats, suits=_later_page),
    Fault("L3-looping-pages", "links", _looping),
    Fault("L3-wrong-total", "links", _wrong_total),
    Fault("L4-null-link", "links", _null_link),
    Fault("L5-same-link-twice", "links", _same_link_twice),
    Fault("L6-reordered", "links", _reordered, suits=_several),
    Fault(
        "L7-hostile-link",
        "links",
        _leads_to(lambda _link: "http://169.254.169.254/latest/meta-data/"),
        suits=_some,
    ),
    Fault("L10-other-host", "links", _leads_to(_same_machine), suits=_on_this_machine),
)
"""Every trouble of a report, in the order of the fault matrix."""

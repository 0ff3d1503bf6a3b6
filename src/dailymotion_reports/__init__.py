"""Unofficial: ask Dailymotion's Reporting API what you want to know, and get right numbers.

The public names, and nothing else::

    import dailymotion_reports as dmr
    with dmr.Workspace.open(profile="sandbox") as ws:
        report = ws.report(metrics=["VIEWS"], dimensions=["DAY"], start="2023-07-01", end="2023-07-04")

All are loaded when they are first used, so that importing this package costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from dailymotion_reports import errors as errors
    from dailymotion_reports.errors import DmrError as DmrError
    from dailymotion_reports.query.period import Period as Period
    from dailymotion_reports.query.period import Window as Window
    from dailymotion_reports.query.plan import Plan as Plan
    from dailymotion_reports.query.question import Question as Question
    from dailymotion_reports.query.question_file import read_question as read_question
    from dailymotion_reports.query.ready import ready_question as ready_question
    from dailymotion_reports.query.report import ReportQuery as ReportQuery
    from dailymotion_reports.query.report import ReportRequest as ReportRequest
    from dailymotion_reports.redaction import Secret as Secret
    from dailymotion_reports.settings import Settings as Settings
    from dailymotion_reports.workspace import AsyncSubmittedReport as AsyncSubmittedReport
    from dailymotion_reports.workspace import AsyncWorkspace as AsyncWorkspace
    from dailymotion_reports.workspace import Column as Column
    from dailymotion_reports.workspace import Event as Event
    from dailymotion_reports.workspace import LoadReceipt as LoadReceipt
    from dailymotion_reports.workspace import Progress as Progress
    from dailymotion_reports.workspace import Report as Report
    from dailymotion_reports.workspace import SubmittedReport as SubmittedReport
    from dailymotion_reports.workspace import Workspace as Workspace

__version__ = "0.1.0"

_QUESTIONS = ("Question", "read_question", "ready_question")
_QUERY = ("Plan", "ReportQuery", "ReportRequest")
_WORKSPACE = (
    "AsyncSubmittedReport",
    "AsyncWorkspace",
    "Column",
    "Event",
    "LoadReceipt",
    "Progress",
    "Report",
    "SubmittedReport",
    "Workspace",
)

__all__ = [
    "AsyncSubmittedReport",
    "AsyncWorkspace",
    "Column",
    "DmrError",
    "Event",
    "LoadReceipt",
    "Period",
    "Plan",
    "Progress",
    "Question",
    "Report",
    "ReportQuery",
    "ReportRequest",
    "Secret",
    "Settings",
    "SubmittedReport",
    "Window",
    "Workspace",
    "__version__",
    "errors",
    "read_question",
    "ready_question",
]


def __getattr__(name: str) -> object:
    if name == "errors":
        import dailymotion_reports.errors as tree

        return tree
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(_room_of(name), name)
    return found


def _room_of(name: str) -> "ModuleType":
    """The module that defines a public name; importing it is the point."""
    if name in _WORKSPACE:
        from dailymotion_reports import workspace

        return workspace
    if name in _QUERY:
        from dailymotion_reports.query import plan

        return plan
    if name in _QUESTIONS:
        from dailymotion_reports.query import question, question_file, ready

        return {"Question": question, "read_question": question_file, "ready_question": ready}[name]
    if name == "DmrError":
        from dailymotion_reports.errors import base

        return base
    from dailymotion_reports import redaction, settings
    from dailymotion_reports.query import period

    return {"Secret": redaction, "Settings": settings, "Window": period, "Period": period}[name]


def __dir__() -> list[str]:
    return __all__

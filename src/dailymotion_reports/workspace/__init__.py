"""The façade: the verbs a person knows.  It joins the rooms below, waits, keeps and loads."""

from dailymotion_reports.destinations.base import LoadReceipt
from dailymotion_reports.tables.schema import Column
from dailymotion_reports.workspace.aio import AsyncWorkspace
from dailymotion_reports.workspace.events import Event
from dailymotion_reports.workspace.handover import HandedColumn, Handover
from dailymotion_reports.workspace.keeping import planned
from dailymotion_reports.workspace.progress import Progress
from dailymotion_reports.workspace.report import Report
from dailymotion_reports.workspace.rows import Rows
from dailymotion_reports.workspace.submitted import AsyncSubmittedReport, SubmittedReport
from dailymotion_reports.workspace.sync import Workspace

__all__ = [
    "AsyncSubmittedReport",
    "AsyncWorkspace",
    "Column",
    "Event",
    "HandedColumn",
    "Handover",
    "LoadReceipt",
    "Progress",
    "Report",
    "Rows",
    "SubmittedReport",
    "Workspace",
    "planned",
]

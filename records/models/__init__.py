"""What is stored of records, a file for each kind of thing."""

from records.models.addresses import Address
from records.models.people import Department, DriverChange, Employee
from records.models.places import Place
from records.models.reports import Report, ReportSheet
from records.models.schedules import ReportLetter, ReportSchedule
from records.models.tags import Tag, TrackerTag
from records.models.tasks import Task, TaskKind, TaskStatus
from records.models.vehicles import Garage, ServiceTask, Vehicle

__all__ = [
    "Address",
    "Department",
    "DriverChange",
    "Employee",
    "Garage",
    "Place",
    "Report",
    "ReportLetter",
    "ReportSchedule",
    "ReportSheet",
    "ServiceTask",
    "Tag",
    "Task",
    "TaskKind",
    "TaskStatus",
    "TrackerTag",
    "Vehicle",
]

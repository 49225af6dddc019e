"""Departments and employees as clients write and read them (records §2). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from accounts.wire.errors import invalid_parameter
from accounts.wire.terms import line, printable
from records.rendering.documents import AREA, ICON, SPOT, Area, Day, Spot, Tags, described, render

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _check_email(name: str, email: str) -> str:
    if email and not _EMAIL.fullmatch(email):
        raise invalid_parameter(name, "must be an e-mail address")
    return email


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentDocument:
    label: Annotated[str, printable(100)]
    location: Annotated[Area | None, AREA] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeDocument:
    tracker_id: Annotated[int | None, "the tracker of what the employee drives now"] = None
    first_name: Annotated[str, printable(100)]
    middle_name: Annotated[str, line(100)] = ""
    last_name: Annotated[str, line(100)] = ""
    email: Annotated[str, line(100).then(_check_email)] = ""
    phone: Annotated[str, line(32), "without a plus"] = ""
    driver_license_number: Annotated[str, line(32)] = ""
    driver_license_cats: Annotated[str, line(32)] = ""
    driver_license_issue_date: Day = None
    driver_license_valid_till: Day = None
    hardware_key: Annotated[str | None, line(64), "by which a device knows the driver"] = None
    department_id: int | None = None
    location: Annotated[Spot | None, SPOT] = None
    personnel_number: Annotated[str, line(15)] = ""
    ssn: Annotated[str, line(32), "social security number"] = ""
    tags: Tags = ()


DEPARTMENT = described("Department", DepartmentDocument)
EMPLOYEE = described("Employee", EmployeeDocument, **ICON)


def render_department(row: Any) -> dict[str, Any]:
    return render(row, DepartmentDocument)


def render_employee(row: Any) -> dict[str, Any]:
    return render(row, EmployeeDocument, icon_id=None, avatar_file_name=None)

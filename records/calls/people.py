"""The calls about employees and departments, and who drives what (records §2)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal
from accounts.wire.description import Example
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, nullable, object_of, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, ID, INTEGER, one_of, text
from records.calls.listing import Order, Part, cut, listed, sort_by
from records.calls.lookup import check_named, find, named
from records.models import Department, DriverChange, Employee
from records.rendering.documents import Known, columns_of, known, sent
from records.rendering.people import (
    DEPARTMENT,
    EMPLOYEE,
    DepartmentDocument,
    EmployeeDocument,
    render_department,
    render_employee,
)
from records.services import keeping, people
from records.services.selectors import visible
from trackers.calls.lookup import Seen
from trackers.rendering.tracks import PLACE

SORTED = (
    *("id", "first_name", "object_label", "department_label", "personnel_number", "hardware_key", "phone", "email"),
    *("address", "driver_license_number", "driver_license_cats", "driver_license_valid_till", "ssn"),
)
SEARCHED = (*SORTED[1:], "middle_name", "last_name")
WRITES = Right.EMPLOYEE_UPDATE
NewEmployee = Annotated[EmployeeDocument, sent(EmployeeDocument)]
KnownEmployee = Annotated[Known[EmployeeDocument], known(EmployeeDocument)]
NewDepartment = Annotated[DepartmentDocument, sent(DepartmentDocument)]
KnownDepartment = Annotated[Known[DepartmentDocument], known(DepartmentDocument)]
AnEmployee = Annotated[Employee, named("employee_id", Employee)]
ADepartment = Annotated[Department, named("department_id", Department)]
EXAMPLE_EMPLOYEE = {"first_name": "Ada", "last_name": "Byron", "phone": "4915112345", "tracker_id": 1}


@call("employee/list", gives={"list": list_of(EMPLOYEE), "count": said(INTEGER, "with those of other parts")})
def list_employees(call: UserCall, part: Part, sort: Annotated[tuple[Order, ...], sort_by(*SORTED)] = ()) -> Fields:
    """The account's employees and drivers."""
    rows = visible(Employee, call.caller).select_related("tracker", "department").prefetch_related("tags")
    rows, part, total = cut(rows, part, sort)
    words = {row.pk: _words(row) for row in rows}
    shown, found = listed(map(render_employee, rows), part, sort, SEARCHED, lambda one: words[one["id"]])
    return {"list": shown, "count": found if total is None else total}


def _words(row: Employee) -> Fields:
    return {
        "object_label": row.tracker.label if row.tracker else None,
        "department_label": row.department.label if row.department else None,
        "address": row.address,
    }


@call("employee/read", gives={"value": EMPLOYEE})
def read_employee(call: UserCall, employee: AnEmployee) -> Fields:
    """One employee."""
    return {"value": render_employee(employee)}


@call(
    "employee/create",
    right=WRITES,
    gives={"id": ID},
    codes=(201, 208, 217, 247, 268),
    example=Example({"employee": EXAMPLE_EMPLOYEE}, {"id": 7}),
)
def create_employee(call: UserCall, employee: NewEmployee) -> Fields:
    """A new employee, who drives a tracker at once if one is named."""
    row = Employee(account_id=call.caller.account_id)
    return {"id": _save(call.caller, row, employee).pk}


@call("employee/update", right=WRITES, codes=(201, 208, 217, 247))
def update_employee(call: UserCall, employee: KnownEmployee) -> None:
    """Puts what is sent in the place of all that was known of an employee."""
    _save(call.caller, find(Employee, call.caller, employee.id), employee.document)


def _save(caller: Principal, row: Employee, employee: EmployeeDocument) -> Employee:
    columns = columns_of(employee)
    check_named(caller, columns, department_id=Department)
    return people.save_employee(row, columns, employee.tags)


@call("employee/delete", right=WRITES)
def delete_employee(call: UserCall, employee: AnEmployee) -> None:
    """Removes an employee."""
    keeping.remove(employee)


@call("department/list", gives={"list": list_of(DEPARTMENT)})
def list_departments(call: UserCall) -> Fields:
    """The account's departments."""
    return {"list": list(map(render_department, visible(Department, call.caller)))}


@call("department/create", right=WRITES, gives={"id": ID}, codes=(268,))
def create_department(call: UserCall, department: NewDepartment) -> Fields:
    """A new department, without employees."""
    return {"id": keeping.add(Department(account_id=call.caller.account_id), columns_of(department)).pk}


@call("department/update", right=WRITES, codes=(201,))
def update_department(call: UserCall, department: KnownDepartment) -> None:
    """Puts what is sent in the place of all that was known of a department."""
    keeping.change(find(Department, call.caller, department.id), columns_of(department.document))


@call("department/delete", right=WRITES)
def delete_department(call: UserCall, department: ADepartment) -> None:
    """Removes a department; its employees are in none then."""
    keeping.remove(department)


def _find_new(caller: Principal, employee_id: int) -> Employee:
    return find(Employee, caller, employee_id)


NewDriver = Annotated[Employee | None, Found("new_employee_id", said(ID, "null: nobody"), _find_new, codes=(201,))]
CHANGE = object_of(
    {
        "old_employee_id": said(nullable(ID), "always null"),
        "new_employee_id": said(nullable(ID), "null: nobody drives it since"),
        "location": nullable(object_of({**PLACE["properties"], "address": said(nullable(text()), "always null")})),
        "changed": DATE,
        "origin": one_of("supervisor"),
        "hardware_key": said(nullable(text()), "always null"),
    }
)


@call("tracker/employee/assign", right=WRITES, codes=(263,))
def assign_employee(call: UserCall, tracker: Seen, new_employee: NewDriver = None) -> None:
    """Says who drives a tracker from now on."""
    people.assign_driver(tracker, new_employee)


@call("tracker/employee/read", gives={"current": nullable(EMPLOYEE), "last_change": nullable(CHANGE)})
def read_driver(call: UserCall, tracker: Seen) -> Fields:
    """Who drives a tracker, and since when."""
    current = visible(Employee, call.caller).filter(tracker=tracker).first()
    change = DriverChange.objects.filter(tracker=tracker).last()
    return {
        "current": render_employee(current) if current else None,
        "last_change": _render_change(call, change) if change else None,
    }


def _render_change(call: UserCall, change: DriverChange) -> Fields:
    place = {"lat": change.latitude, "lng": change.longitude, "address": None}
    return {
        "old_employee_id": None,
        "new_employee_id": change.employee_id,
        "location": None if change.latitude is None else place,
        "changed": call.date_of(change.changed_at),
        "origin": "supervisor",
        "hardware_key": None,
    }

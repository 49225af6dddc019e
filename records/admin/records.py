"""Records in the Django admin; every change goes through the services."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.filters import ACCOUNT, ByAccount
from accounts.admin.transfer import TransferAdmin
from records.admin.files import TaskResource, resource_of
from records.models import Department, Employee, Garage, Place, ServiceTask, Tag, Task, Vehicle
from records.models.kept import Kept
from records.services import keeping


class KeptAdmin(ByAccount, TransferAdmin, admin.ModelAdmin):
    """A kind of records: the account is chosen once, and what is named must be the account's."""

    list_filter: ClassVar[tuple[Any, ...]] = (ACCOUNT,)
    list_select_related: ClassVar[tuple[str, ...]] = ("account",)
    autocomplete_fields: ClassVar[tuple[str, ...]] = ("account",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("account",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Kept, form: forms.ModelForm, change: bool) -> None:
        keeping.save_as_edited(obj)

    def delete_model(self, request: HttpRequest, obj: Kept) -> None:
        keeping.remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Kept]) -> None:
        for row in queryset:
            keeping.remove(row)


@admin.register(Department)
class DepartmentAdmin(KeptAdmin):
    resource_classes = (resource_of(Department),)
    list_display = ("label", "account", "address")
    search_fields = ("label", "account__login")


@admin.register(Employee)
class EmployeeAdmin(KeptAdmin):
    resource_classes = (resource_of(Employee),)
    list_display = ("__str__", "account", "tracker", "department", "phone", "licensed_till")
    list_filter = (ACCOUNT, "department")
    list_select_related = ("account", "tracker", "department")
    search_fields = ("first_name", "last_name", "phone", "email", "personnel_number", "hardware_key")
    autocomplete_fields = ("account", "tracker", "department", "tags")

    @admin.display(ordering="driver_license_valid_till", description="license till")
    def licensed_till(self, employee: Employee) -> Any:
        return employee.driver_license_valid_till


@admin.register(Garage)
class GarageAdmin(KeptAdmin):
    resource_classes = (resource_of(Garage),)
    list_display = ("__str__", "account", "address", "dispatcher_name")
    search_fields = ("organization_name", "address")


@admin.register(Vehicle)
class VehicleAdmin(KeptAdmin):
    resource_classes = (resource_of(Vehicle),)
    list_display = ("label", "account", "reg_number", "tracker", "model", "insured_till")
    list_filter = (ACCOUNT, "type", "garage")
    list_select_related = ("account", "tracker", "garage")
    search_fields = ("label", "reg_number", "vin", "model")
    autocomplete_fields = ("account", "tracker", "garage", "tags")

    @admin.display(ordering="liability_insurance_valid_till", description="insured till")
    def insured_till(self, vehicle: Vehicle) -> Any:
        return vehicle.liability_insurance_valid_till


@admin.register(ServiceTask)
class ServiceTaskAdmin(KeptAdmin):
    """Work on vehicles; what it is due by is written down by programs, as the counters' values belong to it."""

    resource_classes = (resource_of(ServiceTask),)
    list_display = ("description", "vehicle", "account", "repeat", "created_at", "done_at")
    list_select_related = ("account", "vehicle")
    search_fields = ("description", "vehicle__label", "vehicle__reg_number")
    fields = ("account", "vehicle", "description", "comment", "cost", "repeat", "unplanned", "conditions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("account", "vehicle", "conditions")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Place)
class PlaceAdmin(KeptAdmin):
    resource_classes = (resource_of(Place),)
    list_display = ("label", "account", "address", "radius_m", "external_id")
    search_fields = ("label", "address", "external_id")
    autocomplete_fields = ("account", "tags")


@admin.register(Tag)
class TagAdmin(KeptAdmin):
    resource_classes = (resource_of(Tag),)
    list_display = ("name", "account", "color")
    search_fields = ("name",)


@admin.register(Task)
class TaskAdmin(KeptAdmin):
    """Tasks, routes and their checkpoints, to be looked at; programs make and change them."""

    resource_classes = (TaskResource,)
    list_display = ("label", "kind", "account", "tracker", "status", "begins_at", "ends_at")
    list_filter = (ACCOUNT, "kind", "status")
    list_select_related = ("account", "tracker")
    search_fields = ("label", "address", "external_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        return False

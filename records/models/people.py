"""Who drives (records §2)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.wire.characters import isolate
from records.models.kept import Kept, Located, name, text
from records.models.tags import Tag
from trackers.models import Tracker


class Department(Kept, Located):
    """Employees that belong together."""

    label = name(100)

    class Meta:
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return isolate(self.label)


class Employee(Kept, Located):
    """Somebody who works for the account, a driver most often."""

    tracker = models.OneToOneField(
        Tracker, models.SET_NULL, null=True, blank=True, related_name="driver", help_text="who drives it now"
    )
    department = models.ForeignKey(Department, models.SET_NULL, null=True, blank=True, related_name="employees")
    first_name = name(100)
    middle_name = text(100)
    last_name = text(100)
    email = models.EmailField(max_length=100, blank=True)
    phone = text(32, help_text="without a plus")
    driver_license_number = text(32)
    driver_license_cats = text(32, verbose_name="driver license categories")
    driver_license_issue_date = models.DateField(null=True, blank=True)
    driver_license_valid_till = models.DateField(null=True, blank=True)
    hardware_key = text(64, help_text="by which a device knows the driver")
    personnel_number = text(15)
    ssn = text(32, verbose_name="social security number")
    tags = models.ManyToManyField(Tag, blank=True, related_name="employees")

    class Meta:
        ordering = ["first_name", "last_name", "pk"]

    def __str__(self) -> str:
        return isolate(f"{self.first_name} {self.last_name}".strip())


class DriverChange(models.Model):
    """Who came to drive a tracker, and when; the newest tells who does now."""

    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="driver_changes")
    employee = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="driver_changes")
    changed_at = models.DateTimeField(default=timezone.now)
    latitude = models.FloatField(null=True, help_text="where the tracker was then")
    longitude = models.FloatField(null=True)

    class Meta:
        ordering = ["changed_at", "pk"]
        indexes = [models.Index(fields=["tracker", "changed_at"], name="driver_changes_by_tracker")]

    def __str__(self) -> str:
        return f"{self.employee} of {self.tracker}"

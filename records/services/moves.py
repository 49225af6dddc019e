"""What becomes of records when trackers leave the account."""

from __future__ import annotations

from django.db import transaction

from records.models import DriverChange, Employee, Task, TaskStatus, TrackerTag, Vehicle


@transaction.atomic
def let_go(tracker_id: int) -> None:
    """Takes a tracker that moves into another account out of all records of the old one."""
    for model in (Employee, Vehicle):
        model.objects.filter(tracker=tracker_id).update(tracker=None)
    Task.objects.filter(tracker=tracker_id, status=TaskStatus.ASSIGNED).update(status=TaskStatus.UNASSIGNED)
    Task.objects.filter(tracker=tracker_id).update(tracker=None)
    TrackerTag.objects.filter(tracker=tracker_id).delete()
    DriverChange.objects.filter(tracker=tracker_id).delete()

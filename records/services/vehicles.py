"""Which vehicle has which tracker (records §3)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.wire.errors import ApiError, ErrorCode
from records.models import ServiceTask, Vehicle
from records.services import keeping
from records.services.keeping import Values


@transaction.atomic
def save_vehicle(vehicle: Vehicle, values: Values, tag_ids: Collection[int], *, takes_tracker: bool) -> Vehicle:
    """Stores a vehicle, new or known.

    Raises ApiError: ENTITY_EXISTS when another vehicle has the tracker and it is not to be taken from it,
    HAS_EXTERNAL_LINKS when the tracker changes by whose counters service work is due, and as `keeping.add`, `change`.
    """
    keeping.hold_account(vehicle.account_id)
    tracker_id = values["tracker_id"]
    if vehicle.pk is not None and tracker_id != vehicle.tracker_id:
        _refuse_other_counters(vehicle)
    holder = None if tracker_id is None else Vehicle.objects.filter(tracker=tracker_id).exclude(pk=vehicle.pk).first()
    if holder is not None:
        if not takes_tracker:
            raise ApiError(ErrorCode.ENTITY_EXISTS)
        _refuse_other_counters(holder)
        keeping.change(holder, {"tracker_id": None})
    keep = keeping.change if vehicle.pk else keeping.add
    return keep(vehicle, values, tag_ids)


def _refuse_other_counters(vehicle: Vehicle) -> None:
    if ServiceTask.objects.filter(vehicle=vehicle, done_at=None).exists():
        raise ApiError(ErrorCode.HAS_EXTERNAL_LINKS)

"""How records are made, changed and removed, of whatever kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.db import models, transaction

from accounts.models import User
from accounts.notices import publish
from accounts.wire.errors import ApiError, ErrorCode
from records.models import Department, Employee, Garage, Place, ServiceTask, Tag, Task, Vehicle
from records.models.kept import Kept
from trackers.engine.notices import TrackersChanged

Row = TypeVar("Row", bound=Kept)
Values = Mapping[str, Any]

QUOTAS: dict[type[Kept], int] = {
    Department: 1_000,
    Employee: 10_000,
    Garage: 1_000,
    Place: 10_000,
    ServiceTask: 10_000,
    Tag: 1_000,
    Task: 10_000,
    Vehicle: 10_000,
}
"""How many of a kind an account may have (records §1.4)."""


def hold_account(account_id: int) -> None:
    """Nobody else changes records of the account until the transaction ends."""
    list(User.objects.select_for_update(no_key=True).filter(pk=account_id).values_list("pk"))


@transaction.atomic
def add(row: Row, values: Values, tag_ids: Collection[int] | None = None) -> Row:
    """Stores a new record of an account.

    Raises ApiError: OVER_QUOTA when the account has as many as it may, NONEXISTENT_ENTITIES for a tag that is not
    there.
    """
    hold_account(row.account_id)
    if type(row)._default_manager.filter(account=row.account_id).count() >= QUOTAS[type(row)]:
        raise ApiError(ErrorCode.OVER_QUOTA)
    return _store(row, values, tag_ids)


@transaction.atomic
def change(row: Row, values: Values, tag_ids: Collection[int] | None = None) -> Row:
    """Gives a record other values.

    Raises ApiError: NOT_FOUND when it is gone, NONEXISTENT_ENTITIES for a tag that is not there.
    """
    hold_account(row.account_id)
    if not type(row)._default_manager.filter(pk=row.pk).exists():
        raise ApiError(ErrorCode.NOT_FOUND)
    return _store(row, values, tag_ids)


@transaction.atomic
def remove(row: Kept) -> None:
    """Removes a record. Raises ApiError NOT_FOUND when it is gone."""
    hold_account(row.account_id)
    if not type(row)._default_manager.filter(pk=row.pk).exists():
        raise ApiError(ErrorCode.NOT_FOUND)
    row.delete()
    if isinstance(row, Tag):
        publish(row.account_id, TrackersChanged(sees_more=False))


@transaction.atomic
def save_as_edited(row: Kept) -> None:
    """Stores a record as the staff has written it."""
    hold_account(row.account_id)
    row.save()


def _store(row: Row, values: Values, tag_ids: Collection[int] | None) -> Row:
    for name, value in values.items():
        is_text = value is None and isinstance(row._meta.get_field(name), models.CharField)
        setattr(row, name, "" if is_text else value)
    row.save()
    if tag_ids is not None:
        row.tags.set(find_tags(row.account_id, tag_ids))  # type: ignore[attr-defined]
    return row


def find_tags(account_id: int, tag_ids: Collection[int]) -> list[Tag]:
    """All of these tags. Raises ApiError NONEXISTENT_ENTITIES when one is not the account's."""
    tags = list(Tag.objects.filter(account=account_id, pk__in=tag_ids))
    if len(tags) < len(set(tag_ids)):
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    return tags

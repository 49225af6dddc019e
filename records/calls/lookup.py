"""The records that a call is about: what is there, and what the caller may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from accounts.selectors import Principal, first_of
from accounts.wire.errors import ErrorCode, invalid_parameter
from accounts.wire.schema import said
from accounts.wire.signature import Found
from accounts.wire.terms import ID
from records.models.kept import Kept
from records.services.selectors import visible
from trackers.calls.lookup import find_tracker

Row = TypeVar("Row", bound=Kept)


def find(
    model: type[Row], caller: Principal, row_id: int, *, missing: ErrorCode = ErrorCode.NOT_FOUND, **only: Any
) -> Row:
    """A record that the caller may see, `only` if its fields are so. Raises ApiError `missing`."""
    return first_of(visible(model, caller).filter(pk=row_id, **only), missing=missing)


def named(name: str, model: type[Row], *, missing: ErrorCode = ErrorCode.NOT_FOUND) -> Found:
    """The parameter that names a record by its id."""

    def found(caller: Principal, row_id: int) -> Row:
        return find(model, caller, row_id, missing=missing)

    return Found(name, said(ID, f"an `id` of a list of {model._meta.verbose_name_plural}"), found, codes=(missing,))


def check_named(caller: Principal, columns: Mapping[str, Any], **models: type[Kept]) -> None:
    """Raises ApiError NOT_FOUND for what is named and not there, DEVICE_BLOCKED for a tracker that is blocked."""
    if (tracker_id := columns.get("tracker_id")) is not None:
        find_tracker(caller, tracker_id)
    for column, model in models.items():
        if columns[column] is not None:
            find(model, caller, columns[column])


def one_or_several(caller: Principal, model: type[Row], **ids: int | tuple[int, ...] | None) -> list[Row]:
    """The record that one parameter names, or those of a list in the other; of a list those that are there.

    Raises ApiError: INVALID_PARAMETERS unless exactly one of the two is sent, NOT_FOUND.
    """
    (one_name, one), (_, several) = ids.items()
    if (one is None) == (several is None):
        raise invalid_parameter(one_name, f"exactly one is to be sent of: {', '.join(ids)}")
    if isinstance(several, tuple):
        return list(visible(model, caller).filter(pk__in=several))
    return [find(model, caller, int(one))]  # type: ignore[arg-type]
